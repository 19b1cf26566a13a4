import { StoreError } from '@charterbus/core-models';
import { isRedisAnswer, type RedisConnection } from '@charterbus/registry/redis';
import { isMemoryFull, isPassing, type Link, retryAfterMs, unavailable } from './link.js';

/** One part of a batch. It is written when the batch is, anew where that has to be sent again. */
export interface Operation {
  write(into: string[]): void;
}

/** What a script answered to one operation. */
export interface Result {
  readonly value: number | readonly unknown[];
  /** How many replicas have it by now, where that was asked. */
  readonly replicas?: number | undefined;
}

interface Queued extends Operation {
  /** Monotonic milliseconds. */
  readonly deadline: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** Sends one script. */
export interface Sending {
  /** Sends what was written; the results in the order of the operations, or nothing where it has to be written anew. */
  send(
    connection: RedisConnection,
    written: readonly string[],
    withinMs: number,
  ): Promise<readonly Result[] | undefined>;
}

/** Operations in one call: so few that Redis works at one batch while the next is written, and nobody waits long for it. */
const mostOperations = 128;
/** Calls under way at a time. */
const mostUnderWay = 2;
/** Characters in one call, about. */
const mostCharacters = 4 * 1024 * 1024;
/** Operations that wait for their call: the bound of what is kept while Redis is away. */
const mostWaiting = 20_000;

const outcomeUnknown = (cause: unknown): StoreError =>
  new StoreError('STORE_OUTCOME_UNKNOWN', 'Redis was lost on the way: whether the change was kept is not known.', {
    cause,
    retryAfterMs,
  });

const memoryFull = (cause: unknown): StoreError => unavailable(cause, "Redis' memory is full.");

/**
 * Gathers operations: while one call is under way the next batch gathers, and what comes in one turn goes in one call. No
 * call is ever sent twice unless Redis answered that it did nothing.
 */
export class Batcher {
  readonly #link: Link;
  readonly #sending: Sending;
  readonly #now: () => number;
  readonly #changeMs: number;
  #queue: Queued[] = [];
  #underWay = 0;
  #scheduled = false;

  constructor(link: Link, sending: Sending, now: () => number, changeMs: number) {
    this.#link = link;
    this.#sending = sending;
    this.#now = now;
    this.#changeMs = changeMs;
  }

  /** As `add`, of an operation that answers a list. */
  async ask(write: Operation['write']): Promise<readonly unknown[]> {
    const { value } = await this.add(write);
    return typeof value === 'number' ? [value] : value;
  }

  /** @throws StoreError `STORE_UNAVAILABLE` where nothing was done, `STORE_OUTCOME_UNKNOWN` where nobody knows. */
  add(write: Operation['write']): Promise<Result> {
    if (this.#queue.length >= mostWaiting)
      return Promise.reject(unavailable(undefined, 'Too many changes wait for Redis.'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#queue.push({ write, resolve, reject, deadline: this.#now() + this.#changeMs });
    this.#schedule();
    return promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= mostUnderWay) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      void this.#run();
    });
  }

  /** Never rejects: what fails is told to whoever waits for it. */
  async #run(): Promise<void> {
    if (this.#underWay >= mostUnderWay) return;
    this.#underWay += 1;
    // What is more than one batch does not wait for the first.
    if (this.#queue.length > mostOperations) this.#schedule();
    while (this.#queue.length > 0) await this.#next();
    this.#underWay -= 1;
  }

  async #next(): Promise<void> {
    const [first] = this.#queue;
    if (first === undefined) return;
    let connection: RedisConnection;
    try {
      connection = await this.#link.connected(first.deadline);
    } catch (error) {
      for (const queued of this.#queue.splice(0)) queued.reject(error);
      return;
    }
    const { batch, written } = this.#take();
    if (batch.length > 0) await this.#send(connection, batch, written);
  }

  #take(): { readonly batch: Queued[]; readonly written: string[] } {
    const batch: Queued[] = [];
    const written: string[] = [];
    let characters = 0;
    let taken = 0;
    for (const queued of this.#queue) {
      if (batch.length >= mostOperations || characters > mostCharacters) break;
      taken += 1;
      const start = written.length;
      try {
        queued.write(written);
        batch.push(queued);
      } catch (error) {
        written.length = start;
        queued.reject(error);
      }
      for (let place = start; place < written.length; place++) characters += written[place]?.length ?? 0;
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return { batch, written };
  }

  async #send(connection: RedisConnection, batch: readonly Queued[], written: readonly string[]): Promise<void> {
    const withinMs = this.#changeMs;
    try {
      const results = await this.#sending.send(connection, written, withinMs);
      if (results === undefined) this.#queue.unshift(...batch);
      else for (const [place, queued] of batch.entries()) queued.resolve(results[place] ?? { value: [] });
    } catch (error) {
      await this.#failed(connection, batch, error);
    }
  }

  async #failed(connection: RedisConnection, batch: readonly Queued[], error: unknown): Promise<void> {
    if (isPassing(error)) {
      this.#link.drop(connection, error);
      const more = await this.#link.again(batch[0]?.deadline ?? 0);
      if (more) this.#queue.unshift(...batch);
      else for (const queued of batch) queued.reject(unavailable(error));
      return;
    }
    const failure = isMemoryFull(error) ? memoryFull(error) : outcomeUnknown(error);
    // An answer that is none of those known came from within a script: what it had done by then is not known.
    if (!isRedisAnswer(error)) connection.close();
    for (const queued of batch) queued.reject(failure);
  }
}
