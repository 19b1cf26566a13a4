import { StoreError } from '@charterbus/core-models';
import { type Fault, faultOf, toStoreError } from '../faults.js';
import type { Write, WriteResult } from '../namespace.js';
import type { StoreCounts } from '../store.js';
import { type Batch, type BatchExecutor, type BatchOutcome, emptyBatch, failedOutcome } from './batch.js';
import { type EncodedUnit, UnitEncoder, type WriteShape } from './unit-encoder.js';

/** Bounds of what shares a commit, and of what may wait for one. Bytes are those of strings and blobs, estimated. */
export interface CommitLimits {
  /** Writes in one transaction; a unit that has more commits alone. Default 8192. */
  readonly batchWrites?: number;
  /** Default 4 MiB. */
  readonly batchBytes?: number;
  /** Units that wait; further ones are turned away with `STORE_UNAVAILABLE`. Default 65536. */
  readonly waitingUnits?: number;
  /** Default 64 MiB. */
  readonly waitingBytes?: number;
}

export const defaultCommitLimits: Required<CommitLimits> = Object.freeze({
  batchWrites: 8192,
  batchBytes: 4 * 1024 * 1024,
  waitingUnits: 65_536,
  waitingBytes: 64 * 1024 * 1024,
});

interface Waiter {
  readonly resolve: (results: readonly WriteResult[]) => void;
  readonly reject: (error: Error) => void;
}

/** Units that will share a commit, with whoever waits for it. */
interface Group {
  readonly batch: Batch;
  readonly waiters: Waiter[];
  bytes: number;
}

/** What a caller may be told to wait before it tries again, in milliseconds: a full queue drains in about this time. */
const retryAfterMs = 100;

/**
 * Group commit by what is already waiting: while one batch runs the next one gathers. There is no timer; what one turn
 * of the event loop brings goes together, so that an idle store adds no latency.
 */
export class CommitQueue {
  readonly #executor: BatchExecutor;
  readonly #encoder: UnitEncoder;
  readonly #limits: Required<CommitLimits>;
  readonly #groups: Group[] = [];
  readonly #counts = {
    units: 0,
    writes: 0,
    commits: 0,
    largestBatch: 0,
    refusedUnits: 0,
    failedUnits: 0,
    overflowedUnits: 0,
    waitingUnits: 0,
  };
  #waitingBytes = 0;
  #busy = false;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(executor: BatchExecutor, writes: readonly WriteShape[], limits: CommitLimits = {}) {
    this.#executor = executor;
    this.#encoder = new UnitEncoder(writes);
    this.#limits = { ...defaultCommitLimits, ...limits };
  }

  get counts(): StoreCounts {
    return { ...this.#counts };
  }

  commit(unit: readonly Write[]): Promise<readonly WriteResult[]> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    let encoded: EncodedUnit;
    try {
      encoded = this.#encoder.encode(unit);
    } catch (error) {
      this.#counts.refusedUnits += 1;
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#enqueue(encoded, { resolve, reject }));
  }

  /** Commits what waits, then closes the executor. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      if (!this.#busy) this.#schedule();
    }
    return this.#closing.promise;
  }

  #refusal(): StoreError | undefined {
    if (this.#closing !== undefined) return new StoreError('STORE_UNAVAILABLE', 'The store is closed.');
    if (this.#counts.waitingUnits < this.#limits.waitingUnits && this.#waitingBytes < this.#limits.waitingBytes) {
      return undefined;
    }
    this.#counts.overflowedUnits += 1;
    return new StoreError('STORE_UNAVAILABLE', 'Too many writes wait for the store.', { retryAfterMs });
  }

  #enqueue(unit: EncodedUnit, waiter: Waiter): void {
    const group = this.#groupFor(unit);
    group.batch.units.push(unit.statements.length);
    for (const statement of unit.statements) group.batch.statements.push(statement);
    for (const count of unit.valueCounts) group.batch.valueCounts.push(count);
    for (const value of unit.values) group.batch.values.push(value);
    group.bytes += unit.bytes;
    group.waiters.push(waiter);
    this.#waitingBytes += unit.bytes;
    this.#counts.waitingUnits += 1;
    if (!this.#busy) this.#schedule();
  }

  #groupFor(unit: EncodedUnit): Group {
    const last = this.#groups.at(-1);
    const fits =
      last !== undefined &&
      last.batch.statements.length + unit.statements.length <= this.#limits.batchWrites &&
      last.bytes + unit.bytes <= this.#limits.batchBytes;
    if (fits) return last;
    const group: Group = { batch: emptyBatch(), waiters: [], bytes: 0 };
    this.#groups.push(group);
    return group;
  }

  /** After this turn of the event loop, so that all who were woken by the last commit share the next. */
  #schedule(): void {
    this.#busy = true;
    setImmediate(() => void this.#runNext());
  }

  async #runNext(): Promise<void> {
    const group = this.#groups.shift();
    if (group === undefined) {
      this.#busy = false;
      if (this.#closing !== undefined) this.#executor.close().then(this.#closing.resolve, this.#closing.reject);
      return;
    }
    const outcome = await this.#execute(group.batch);
    this.#counts.waitingUnits -= group.waiters.length;
    this.#waitingBytes -= group.bytes;
    this.#settle(group, outcome);
    this.#schedule();
  }

  async #execute(batch: Batch): Promise<BatchOutcome> {
    try {
      return await this.#executor.run(batch);
    } catch (thrown) {
      return failedOutcome(batch, faultOf(thrown));
    }
  }

  #settle({ batch, waiters }: Group, outcome: BatchOutcome): void {
    const faults = new Map<number, Fault>(outcome.faults.map(({ unit, fault }) => [unit, fault]));
    let write = 0;
    for (const [unit, waiter] of waiters.entries()) {
      const end = write + batch.units[unit]!;
      const fault = faults.get(unit);
      if (fault === undefined) waiter.resolve(resultsOf(outcome.results, write, end));
      else waiter.reject(toStoreError(fault));
      this.#countUnit(fault, end - write);
      write = end;
    }
    this.#counts.commits += outcome.commits;
    this.#counts.largestBatch = Math.max(this.#counts.largestBatch, waiters.length - outcome.faults.length);
  }

  #countUnit(fault: Fault | undefined, writes: number): void {
    if (fault === undefined) {
      this.#counts.units += 1;
      this.#counts.writes += writes;
    } else if (fault.kind === 'refused') this.#counts.refusedUnits += 1;
    else this.#counts.failedUnits += 1;
  }
}

const resultsOf = (results: Float64Array, from: number, to: number): readonly WriteResult[] => {
  const list: WriteResult[] = [];
  for (let write = from; write < to; write++) {
    list.push({ changes: results[write * 2]!, lastInsertRowid: results[write * 2 + 1]! });
  }
  return list;
};
