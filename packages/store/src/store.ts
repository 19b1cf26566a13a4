import type { Durability } from '@charterbus/core-models';
import type { Row, SqlValue, Write, WriteResult } from './namespace.js';

/** Noise-free figures since the store was opened, for benches and metrics. */
export interface StoreCounts {
  /** Units that were committed. */
  readonly units: number;
  /** Statements of the committed units. */
  readonly writes: number;
  /** Transactions that were committed; with group commit fewer than units. */
  readonly commits: number;
  /** The most units that shared one commit. */
  readonly largestBatch: number;
  /** Units that were refused by a rule of the tables, or because they were not well formed. */
  readonly refusedUnits: number;
  /** Units that failed together with the store: disk full, I/O error, damage. */
  readonly failedUnits: number;
  /** Units that were turned away because too many were waiting. */
  readonly overflowedUnits: number;
  /** Units that wait for their commit now. */
  readonly waitingUnits: number;
}

/**
 * The one durable writer. Any number of packages share it, and its transactions, each with a namespace of its own.
 *
 * Errors are `StoreError`s: `STORE_WRITE_REFUSED` (this unit breaks a rule of the tables or is not well formed; nothing
 * of it is kept), `STORE_UNAVAILABLE` (full queue, full disk, I/O error, closed: try later), `STORE_CORRUPT`.
 */
export interface Store extends AsyncDisposable {
  /** What a committed unit survives. */
  readonly durability: Durability;

  readonly counts: StoreCounts;

  /**
   * All writes of a unit or none; resolves after the commit, with one result for each write.
   *
   * Units that wait together share a commit, and commit in the order of the calls. A unit that is refused takes no
   * neighbour with it. Values are copied before the call returns. An empty unit resolves when everything before it has
   * ended. After an I/O failure the unit is not acknowledged and not visible; whether it is there after a restart is
   * as open as with any failed write.
   */
  commit(unit: readonly Write[]): Promise<readonly WriteResult[]>;

  /** Reads what is committed; synchronous, for point look-ups, recovery and listings. */
  read(namespace: string, statement: string, values: readonly SqlValue[]): readonly Row[];

  /**
   * Reads what is committed row by row, for recovery of large tables; on the first row a snapshot is taken. End it
   * (`break`, `return`) soon: a snapshot that stays open keeps the write-ahead log growing.
   */
  iterate(namespace: string, statement: string, values: readonly SqlValue[]): IterableIterator<Row, undefined>;

  /**
   * Resolves if a unit would be kept now, as far as is known: while the last commit was kept, at once; after one that failed
   * with the store, once a write that changes nothing has been synced. Callers that come meanwhile share one write.
   *
   * @throws StoreError `STORE_UNAVAILABLE` or `STORE_CORRUPT`.
   */
  checkWritable(): Promise<void>;

  /** Commits what waits, then closes. Idempotent; later calls join the first. */
  close(): Promise<void>;
}
