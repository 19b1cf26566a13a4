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
  /** SHA-256 of the text's UTF-8 bytes. */
  readonly digest: Digest;
}

/** Encodes once, in a fixed order of fields; whoever needs the bytes later takes them from the envelope. */
export const encodeEnvelope = (message: Message): Envelope => {
  const head = JSON.stringify({
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
  });
  // Apart, so that the content's size is known without encoding it a second time.
  const content = JSON.stringify(message.content);
  const text = `${head.slice(0, -1)},"content":${content}}`;
  return { message, text, contentBytes: Buffer.byteLength(content), digest: sha256(text) };
};

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
  return { message, text, contentBytes, digest };
};
