import { type Digest, sha256 } from '../digest.js';
import { StoreError } from '../errors/categories.js';
import type { Message } from './message.js';

/**
 * A message together with the one text it is stored, digested, signed and sent as (the idea of DSSE: sign the bytes,
 * never a re-encoding of them).
 */
export interface Envelope {
  readonly message: Message;
  /** JSON text, fields in the order of `encodeEnvelope`. */
  readonly text: string;
  /** Bytes of the content's JSON text in UTF-8. */
  readonly contentBytes: number;
  /** About `contentBytes`, and no more: for bounds, without encoding the content. */
  readonly leastBytes: number;
  /** SHA-256 of the text's UTF-8 bytes. */
  readonly digest: Digest;
}

const headOf = (message: Message): string =>
  JSON.stringify({
    id: message.id,
    tenant: message.tenant,
    from: message.from,
    to: message.to,
    type: message.type,
    priority: message.priority,
    conversationId: message.conversationId,
    inReplyTo: message.inReplyTo,
    constitutionalHash: message.constitutionalHash,
    createdAt: message.createdAt,
    expiresAt: message.expiresAt,
    deliverAt: message.deliverAt,
    orderingKey: message.orderingKey,
    retry: message.retry,
    headers: message.headers,
    usage: message.usage,
    signature: message.signature,
  });

/** A frozen message can only have one text and one digest: they are made when they are first asked for, and kept. */
class EncodedEnvelope implements Envelope {
  readonly message: Message;
  readonly leastBytes: number;
  /** The content's JSON text, until it is part of the whole. */
  #content: string | undefined;
  #contentBytes: number | undefined;
  #text: string | undefined;
  #digest: Digest | undefined;

  constructor(message: Message, leastBytes: number, known?: Pick<Envelope, 'text' | 'digest' | 'contentBytes'>) {
    this.message = message;
    this.leastBytes = leastBytes;
    this.#content = undefined;
    this.#contentBytes = known?.contentBytes;
    this.#text = known?.text;
    this.#digest = known?.digest;
  }

  get contentBytes(): number {
    if (this.#contentBytes === undefined) {
      // Apart from the rest, and kept for it: the content is not encoded a second time.
      this.#content = JSON.stringify(this.message.content);
      this.#contentBytes = Buffer.byteLength(this.#content);
    }
    return this.#contentBytes;
  }

  get text(): string {
    if (this.#text === undefined) {
      const content = this.#content ?? JSON.stringify(this.message.content);
      this.#contentBytes ??= Buffer.byteLength(content);
      this.#text = `${headOf(this.message).slice(0, -1)},"content":${content}}`;
      this.#content = undefined;
    }
    return this.#text;
  }

  get digest(): Digest {
    this.#digest ??= sha256(this.text);
    return this.#digest;
  }
}

/**
 * Encodes once, in a fixed order of fields, when somebody first needs the bytes; whoever needs them later takes them from the
 * envelope. The message must be frozen, with all that is in it.
 *
 * @param leastBytes of its content, where that was measured.
 */
export const encodeEnvelope = (message: Message, leastBytes = 0): Envelope => new EncodedEnvelope(message, leastBytes);

const freezeDeep = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) freezeDeep(member);
  Object.freeze(value);
};

const parse = (text: string): Message => {
  try {
    return JSON.parse(text) as Message;
  } catch (cause) {
    throw new StoreError('STORE_CORRUPT', 'A stored message is not JSON.', { cause });
  }
};

/**
 * Reads a stored envelope back and checks that the bytes are those that the verdict was about.
 *
 * @throws StoreError `STORE_CORRUPT` where the digest differs: a damaged store is said, never skipped.
 */
export const decodeEnvelope = (text: string, digest: Digest, contentBytes: number): Envelope => {
  if (sha256(text) !== digest) {
    throw new StoreError('STORE_CORRUPT', 'A stored message does not have the digest it was stored with.');
  }
  const message = parse(text);
  freezeDeep(message);
  return new EncodedEnvelope(message, contentBytes, { text, digest, contentBytes });
};
