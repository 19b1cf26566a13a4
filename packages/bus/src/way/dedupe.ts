import { type Agent, type Clock, MessageError, OperationError, type Receipt, sha256 } from '@charterbus/core-models';
import type { ShapedDraft } from '@charterbus/validators';
import type { BrokerReader } from '../broker/broker.js';
import type { DedupeMark } from '../broker/journal.js';
import { KeyTaken } from '../broker/moved.js';
import { type Eventual, orRejected, promised, whenKnown } from '../eventual.js';

/** A dedupe key that this send holds until it is committed or refused. */
export interface DedupeClaim {
  mark(receipt: Omit<Receipt, 'leafIndex'>): Omit<DedupeMark, 'message'>;
}

interface Running {
  readonly fingerprint: string;
  readonly receipt: Promise<Receipt>;
}

/** Over all that the sender handed in; fields that are absent do not count. */
const fingerprintOf = (draft: ShapedDraft): string => {
  const { to, type, priority, conversationId, inReplyTo, expiresAt, headers, content } = draft;
  const { deliverAt, delayMs, orderingKey, retry, usage } = draft;
  const stated = { to, type, priority, conversationId, inReplyTo, expiresAt, deliverAt, delayMs, orderingKey, retry };
  return sha256(JSON.stringify({ ...stated, headers, usage, content }));
};

/** Nothing where the first one gave up: its twin has not, and sends for itself. */
const receiptOf = async ({ receipt }: Running): Promise<Receipt | undefined> => {
  try {
    return await receipt;
  } catch (error) {
    if (OperationError.isInstance(error) && error.code === 'ABORTED') return undefined;
    throw error;
  }
};

/** Whether the key was taken by it. */
const succeeded = ({ receipt }: Running): Promise<boolean> =>
  receipt.then(
    () => true,
    () => false,
  );

const conflict = (): MessageError =>
  new MessageError('DEDUPE_CONFLICT', 'The dedupe key was used for another message within its window.');

/** Answers a repeated send with the first one's receipt. Keys are scoped by tenant and sender. */
export class DedupeWindow {
  readonly #reader: BrokerReader;
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** Sends on their way: a twin that comes meanwhile shares their outcome. */
  readonly #running = new Map<string, Running>();

  constructor(reader: BrokerReader, clock: Clock, windowMs: number) {
    this.#reader = reader;
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /**
   * Runs `send` unless its key was used within the window.
   *
   * @throws MessageError `DEDUPE_CONFLICT` where the key was used with other content.
   */
  once(draft: ShapedDraft, agent: Agent, send: (claim?: DedupeClaim) => Eventual<Receipt>): Eventual<Receipt> {
    const { dedupeKey } = draft;
    return dedupeKey === undefined ? send() : this.#once(draft, dedupeKey, agent, send);
  }

  async #once(
    draft: ShapedDraft,
    key: string,
    { tenant, id: from }: Agent,
    send: (claim: DedupeClaim) => Eventual<Receipt>,
  ): Promise<Receipt> {
    const fingerprint = fingerprintOf(draft);
    const scoped = JSON.stringify([tenant, from, key]);
    for (let running = this.#running.get(scoped); running !== undefined; running = this.#running.get(scoped)) {
      if (running.fingerprint === fingerprint) {
        const first = await receiptOf(running);
        if (first !== undefined) return { ...first, duplicate: true };
      } else if (await succeeded(running)) throw conflict();
    }
    const until = this.#clock.now() + this.#windowMs;
    const mark = (first: Omit<Receipt, 'leafIndex'>) => ({ tenant, from, key, fingerprint, receipt: first, until });
    const used = orRejected(() => this.#reader.duplicate(tenant, from, key));
    // In the turn in which nobody was found running: looking it up may take others.
    const receipt = promised(() =>
      whenKnown(used, (before) =>
        before === undefined ? this.#first(send({ mark }), fingerprint) : this.#again(before, fingerprint),
      ),
    );
    this.#running.set(scoped, { fingerprint, receipt });
    try {
      return await receipt;
    } finally {
      this.#running.delete(scoped);
    }
  }

  /** Unless another process was faster with the same key. */
  #first(sent: Eventual<Receipt>, fingerprint: string): Eventual<Receipt> {
    if (!(sent instanceof Promise)) return sent;
    return sent.catch((error: unknown) => {
      if (error instanceof KeyTaken) return this.#again(error.mark, fingerprint);
      throw error;
    });
  }

  /** The receipt of the first one, whose key is still remembered. */
  async #again(used: DedupeMark, fingerprint: string): Promise<Receipt> {
    if (used.fingerprint !== fingerprint) throw conflict();
    const [leaf] = await this.#reader.leaves(used.message);
    return { ...used.receipt, leafIndex: leaf?.index ?? -1, duplicate: true };
  }
}
