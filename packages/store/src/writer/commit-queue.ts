import { StoreError } from '@charterbus/core-models';
import { type Fault, toStoreError } from '../faults.js';
import { ownNamespace, type Write, type WriteResult } from '../namespace.js';
import type { StoreCounts } from '../store.js';
import type { BatchWriter, UnitOutcome } from './batch-writer.js';
import { type CommitLimits, defaultCommitLimits } from './commit-limits.js';
import { type PreparedUnit, UnitPreparer } from './unit.js';

/** A unit with whoever waits for it. */
interface Waiting extends PreparedUnit {
  readonly resolve: (results: readonly WriteResult[]) => void;
  readonly reject: (error: Error) => void;
}

/** Units that will share a commit. */
interface Group {
  readonly units: Waiting[];
  writes: number;
  bytes: number;
}

/** What came of one batch of units that were written together. */
export interface CommittedBatch {
  /** Transactions: more than one only where a unit had to be told apart from its neighbours. */
  readonly commits: number;
  /** Units that were committed. */
  readonly units: number;
  /** Units that failed together with the store. */
  readonly failedUnits: number;
}

/** What a caller is told to wait before it tries again, in milliseconds: a full queue drains in about this time. */
const retryAfterMs = 100;

/** A unit that changes nothing and costs a write. */
const probe: readonly Write[] = ['probe-forth', 'probe-back'].map((statement) => ({
  namespace: ownNamespace,
  statement,
  values: [],
}));

const closed = (): StoreError => new StoreError('STORE_UNAVAILABLE', 'The store is closed.');

/**
 * Group commit by what is already waiting. There is no timer: what one turn of the event loop brings, and what comes in
 * while a commit runs, shares the next commit; an idle store adds no latency.
 */
export class CommitQueue {
  readonly #writer: BatchWriter;
  readonly #preparer: UnitPreparer;
  readonly #limits: Required<CommitLimits>;
  readonly #onBatch: ((batch: CommittedBatch) => void) | undefined;
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
  /** Whether the last group failed together with the store. */
  #failing = false;
  #probe: Promise<unknown> | undefined;
  #scheduled = false;
  #closed = false;

  /** @param onBatch told of each batch; must not throw. */
  constructor(writer: BatchWriter, limits: CommitLimits = {}, onBatch?: (batch: CommittedBatch) => void) {
    this.#writer = writer;
    this.#onBatch = onBatch;
    this.#preparer = new UnitPreparer(writer.open());
    this.#limits = { ...defaultCommitLimits, ...limits };
  }

  get counts(): StoreCounts {
    return { ...this.#counts };
  }

  commit(unit: readonly Write[]): Promise<readonly WriteResult[]> {
    return new Promise((resolve, reject) => {
      this.#throwIfRefused();
      const { writes, bytes } = this.#prepare(unit);
      this.#enqueue({ writes, bytes, resolve, reject });
    });
  }

  /** See `Store.checkWritable`. */
  async checkWritable(): Promise<void> {
    if (this.#closed) throw closed();
    if (!this.#failing) return;
    this.#probe ??= this.commit(probe);
    try {
      await this.#probe;
    } finally {
      this.#probe = undefined;
    }
  }

  /** Commits what waits and takes nothing more. */
  stop(): void {
    this.#closed = true;
    while (this.#groups.length > 0) this.#writeNext();
  }

  /** Stops, and closes the writer. */
  close(): void {
    this.stop();
    this.#writer.close();
  }

  #throwIfRefused(): void {
    if (this.#closed) throw closed();
    const { waitingUnits, waitingBytes } = this.#limits;
    if (this.#counts.waitingUnits < waitingUnits && this.#waitingBytes < waitingBytes) return;
    this.#counts.overflowedUnits += 1;
    throw new StoreError('STORE_UNAVAILABLE', 'Too many writes wait for the store.', { retryAfterMs });
  }

  #prepare(unit: readonly Write[]): PreparedUnit {
    try {
      return this.#preparer.prepare(unit);
    } catch (error) {
      this.#counts.refusedUnits += 1;
      throw error;
    }
  }

  #enqueue(unit: Waiting): void {
    const group = this.#groupFor(unit);
    group.units.push(unit);
    group.writes += unit.writes.length;
    group.bytes += unit.bytes;
    this.#waitingBytes += unit.bytes;
    this.#counts.waitingUnits += 1;
    this.#schedule();
  }

  #groupFor(unit: PreparedUnit): Group {
    const last = this.#groups.at(-1);
    const fits =
      last !== undefined &&
      last.writes + unit.writes.length <= this.#limits.batchWrites &&
      last.bytes + unit.bytes <= this.#limits.batchBytes;
    if (fits) return last;
    const group: Group = { units: [], writes: 0, bytes: 0 };
    this.#groups.push(group);
    return group;
  }

  /** After this turn of the event loop, so that all who were woken by the last commit share the next. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeNext();
      if (this.#groups.length > 0) this.#schedule();
    });
  }

  #writeNext(): void {
    const group = this.#groups.shift();
    if (group === undefined) return;
    const { outcomes, commits } = this.#writer.write(group.units);
    this.#counts.waitingUnits -= group.units.length;
    this.#waitingBytes -= group.bytes;
    this.#counts.commits += commits;
    const before = this.#counts.units;
    const failedBefore = this.#counts.failedUnits;
    this.#failing = outcomes.some(({ fault }) => fault !== undefined && fault.kind !== 'refused');
    for (const outcome of outcomes) this.#settle(outcome);
    const units = this.#counts.units - before;
    if (commits > 0) this.#counts.largestBatch = Math.max(this.#counts.largestBatch, units);
    this.#onBatch?.({ commits, units, failedUnits: this.#counts.failedUnits - failedBefore });
  }

  #settle({ unit, results, fault }: UnitOutcome<Waiting>): void {
    if (fault !== undefined) {
      this.#countFault(fault);
      unit.reject(toStoreError(fault));
      return;
    }
    this.#counts.units += 1;
    this.#counts.writes += results.length;
    unit.resolve(results);
  }

  #countFault(fault: Fault): void {
    if (fault.kind === 'refused') this.#counts.refusedUnits += 1;
    else this.#counts.failedUnits += 1;
  }
}
