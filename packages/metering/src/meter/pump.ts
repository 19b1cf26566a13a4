import { setImmediate } from 'node:timers/promises';
import { OperationError } from '@charterbus/core-models';
import type { UsageSource } from '../usage/usage-source.js';
import { waitAfter } from './backoff.js';
import type { MeterEvent, MeterSettings } from './meter-options.js';
import type { Target } from './target.js';

/** Where one source stands with the ledger, or with one sink. */
export interface PumpStatus {
  readonly source: string;
  /** `ledger`, or the name of the sink. */
  readonly target: string;
  /** How far it has got; `undefined` while that is not known. */
  readonly cursor: number | undefined;
  /** Records that were gone before they were read. */
  readonly lost: number;
  /** Failures in a row; 0 while all is well. */
  readonly failures: number;
}

interface Drain {
  /** The first step that begins with this many wakes sees all that it is about. */
  readonly wake: number;
  readonly ended: PromiseWithResolvers<void>;
}

type PumpSettings = Pick<MeterSettings, 'backoff' | 'batch' | 'random' | 'restMs' | 'timers'>;

/** Carries one source to one target: one batch at a time, in order, again until it is taken. */
export class Pump {
  readonly #source: UsageSource;
  readonly #target: Target;
  readonly #settings: PumpSettings;
  readonly #tell: (event: MeterEvent) => void;
  readonly #ending = new AbortController();
  readonly #watch: Disposable;
  readonly #drains = new Set<Drain>();
  #cursor: number | undefined;
  #lost = 0;
  #failures = 0;
  /** Counts what was told by the source: whether a read has seen all of it. */
  #wakes = 1;
  #seen = 0;
  #running: Promise<void> | undefined;
  #timer: Disposable | undefined;

  constructor(source: UsageSource, target: Target, settings: PumpSettings, tell: (event: MeterEvent) => void) {
    this.#source = source;
    this.#target = target;
    this.#settings = settings;
    this.#tell = tell;
    this.#watch = source.watch(() => this.#wake());
    this.#begin();
  }

  get status(): PumpStatus {
    const [source, target] = [this.#source.name, this.#target.name];
    return { source, target, cursor: this.#cursor, lost: this.#lost, failures: this.#failures };
  }

  /**
   * Resolves when all that is committed now has been taken.
   *
   * @throws OperationError `ABORTED`, also where the pump ends before.
   */
  async drain(signal: AbortSignal | undefined): Promise<void> {
    this.#wakes += 1;
    const drain: Drain = { wake: this.#wakes, ended: Promise.withResolvers() };
    const abort = (): void => drain.ended.reject(aborted(signal?.reason));
    if (this.#ending.signal.aborted || signal?.aborted === true) abort();
    this.#drains.add(drain);
    signal?.addEventListener('abort', abort, { once: true });
    this.#begin();
    try {
      await drain.ended.promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#drains.delete(drain);
    }
  }

  /** What is under way is ended or waited for; what was not taken will be by whoever goes on from the cursor. */
  async end(): Promise<void> {
    this.#watch[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
    this.#ending.abort();
    for (const { ended } of this.#drains) ended.reject(aborted('The meter is closed.'));
    await this.#running;
  }

  #wake(): void {
    this.#wakes += 1;
    if (this.#timer === undefined) this.#begin();
  }

  /** Begins at once, unless a batch is under way: what has come meanwhile is in the next one. */
  #begin(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    if (this.#ending.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
  }

  /** After a run: rests, or waits as long as a failure asks for, unless somebody waits for the end of it. */
  #schedule(): void {
    if (this.#ending.signal.aborted || this.#timer !== undefined) return;
    if (this.#drains.size > 0) this.#begin();
    else this.#after(this.#settings.restMs);
  }

  #after(delayMs: number): void {
    this.#timer = this.#settings.timers.after(delayMs, () => {
      this.#timer = undefined;
      if (this.#failures > 0 || this.#seen !== this.#wakes) this.#begin();
    });
  }

  async #run(): Promise<void> {
    try {
      // Between batches others have their turn: reading and counting may both be done at once.
      while ((await this.#step()) && !this.#ending.signal.aborted) await setImmediate();
      this.#failures = 0;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One batch. @returns whether to go on at once. */
  async #step(): Promise<boolean> {
    const wakes = this.#wakes;
    this.#cursor ??= await this.#target.cursor(this.#source.name);
    const from = this.#cursor;
    const batch = await this.#source.read(from, this.#settings.batch);
    if (batch.lost > 0) this.#lose(batch.lost);
    if (batch.cursor > from) await this.#take(from, batch.cursor, batch.records);
    this.#failures = 0;
    if (batch.more || this.#cursor !== batch.cursor) return true;
    this.#seen = wakes;
    for (const drain of this.#drains) this.#settle(drain, wakes);
    // Whoever has asked since this step began is owed another one.
    return this.#drains.size > 0;
  }

  #settle(drain: Drain, wakes: number): void {
    if (drain.wake > wakes) return;
    this.#drains.delete(drain);
    drain.ended.resolve();
  }

  async #take(from: number, to: number, records: Awaited<ReturnType<UsageSource['read']>>['records']): Promise<void> {
    const entry = { source: this.#source.name, from, to, records };
    const reached = await this.#target.take(entry, this.#ending.signal);
    if (reached === from) throw new RangeError(`${this.#target.name} has taken none of the records.`);
    this.#cursor = reached;
  }

  #lose(records: number): void {
    this.#lost += records;
    this.#tell({ kind: 'lost', source: this.#source.name, target: this.#target.name, records });
  }

  #fail(error: unknown): void {
    // Whether it was taken is not known: the target says.
    this.#cursor = undefined;
    if (this.#ending.signal.aborted) return;
    this.#failures += 1;
    const { backoff, random } = this.#settings;
    const retryInMs = waitAfter(this.#failures, error, backoff, random);
    this.#after(retryInMs);
    this.#tell({ kind: 'failed', source: this.#source.name, target: this.#target.name, error, retryInMs });
  }
}

const aborted = (cause: unknown): OperationError =>
  new OperationError('ABORTED', 'Not all usage was counted before the caller gave up.', { cause });
