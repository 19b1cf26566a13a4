import { StoreError } from '@charterbus/core-models';
import { ended } from '@charterbus/recovery';
import { Connection, isAnswer } from './connection.js';
import type { RedisRegistrySettings } from './options.js';
import { pause } from './pause.js';

/** What came of one script: its answer, or that it did nothing, or that nobody knows. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: readonly string[] }
  | { readonly kind: 'nothing'; readonly error: StoreError }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Changes under way at a time. */
const mostChanges = 1000;
const retryAfterMs = 1000;
const pauseMs = 25;

/** Nothing of the change was kept. */
export const unavailable = (cause: unknown): StoreError =>
  new StoreError('STORE_UNAVAILABLE', 'Redis did not take the change.', { cause, retryAfterMs });

/** Sends scripts on a connection that is made when it is needed. No script is ever sent twice by itself. */
export class Writer {
  readonly #settings: RedisRegistrySettings;
  #opening: Promise<Connection> | undefined;
  #underWay = 0;
  #isClosed = false;

  constructor(settings: RedisRegistrySettings) {
    this.#settings = settings;
  }

  /** When a change that begins now has to be known about. */
  deadline(): number {
    return this.#settings.clock.monotonic() + this.#settings.changeMs;
  }

  async run(script: string, keys: readonly string[], values: readonly string[], deadline: number): Promise<Outcome> {
    if (this.#underWay >= mostChanges) return { kind: 'nothing', error: unavailable(new Error('Too many changes.')) };
    this.#underWay += 1;
    try {
      return await this.#run(script, [...keys, ...values], keys.length, deadline);
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * As `run`, for what may be done twice: until it is answered.
   *
   * @throws StoreError `STORE_UNAVAILABLE`
   */
  async ask(
    script: string,
    keys: readonly string[],
    values: readonly string[],
    deadline: number,
  ): Promise<readonly string[]> {
    for (;;) {
      const outcome = await this.run(script, keys, values, deadline);
      if (outcome.kind === 'answered') return outcome.answer;
      if (outcome.kind === 'nothing') throw outcome.error;
      if (!(await this.again(deadline))) throw unavailable(outcome.error);
    }
  }

  /** Lets a moment pass before the next try; whether there is time for one. */
  async again(deadline: number): Promise<boolean> {
    await pause(pauseMs, this.#settings.timers);
    return this.#settings.clock.monotonic() < deadline;
  }

  /** What is still on its way has no answer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await ended(this.#opening);
    connection?.close();
  }

  async #run(script: string, parameters: readonly string[], keys: number, deadline: number): Promise<Outcome> {
    const connection = await this.#connected(deadline);
    if (connection instanceof StoreError) return { kind: 'nothing', error: connection };
    const leftMs = deadline - this.#settings.clock.monotonic();
    // A connection that is silent for so long is not waited for any longer: there has to be time to ask what became of it.
    const withinMs = Math.min(leftMs, this.#settings.changeMs / 4);
    try {
      const answer = await connection.run((client) => client.eval(script, keys, ...parameters), withinMs);
      return { kind: 'answered', answer: answer as readonly string[] };
    } catch (error) {
      if (!isAnswer(error)) return { kind: 'unknown', error };
      // It was deposed: a new connection may find the primary.
      if (error.message.includes('READONLY')) connection.close();
      return { kind: 'nothing', error: unavailable(error) };
    }
  }

  /** The connection, made anew until the deadline where Redis cannot be reached. */
  async #connected(deadline: number): Promise<Connection | StoreError> {
    for (;;) {
      if (this.#isClosed) return unavailable(new Error('The registry is closed.'));
      try {
        const connection = await (this.#opening ??= this.#open(deadline));
        if (connection.usable) return connection;
        this.#opening = undefined;
      } catch (error) {
        this.#opening = undefined;
        if (!(await this.again(deadline))) return unavailable(error);
      }
    }
  }

  #open(deadline: number): Promise<Connection> {
    const { clock, redis, staleMs, timers } = this.#settings;
    return Connection.open(redis, Math.max(1, Math.min(staleMs, deadline - clock.monotonic())), timers);
  }
}
