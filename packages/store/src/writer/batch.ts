import type { Fault } from '../faults.js';
import type { SqlValue } from '../namespace.js';

/**
 * Units that will share a commit, laid flat: cloning four lists into a thread costs a fraction of cloning an object for
 * each write.
 */
export interface Batch {
  /** For each unit: how many writes it has. */
  readonly units: number[];
  /** For each write: the number of its statement. */
  readonly statements: number[];
  /** For each write: how many values it has. */
  readonly valueCounts: number[];
  /** The values of all writes, one after the other. */
  readonly values: SqlValue[];
}

/** One unit of a batch that was not committed. */
export interface UnitFault {
  readonly unit: number;
  readonly fault: Fault;
}

/** What became of a batch. */
export interface BatchOutcome {
  /** Two numbers for each write: changes and last rowid. Of no meaning for the writes of units that have a fault. */
  readonly results: Float64Array;
  readonly faults: readonly UnitFault[];
  /** Transactions that were committed for it. */
  readonly commits: number;
}

/** Runs batches, one at a time. */
export interface BatchExecutor {
  /** Never rejects for what SQLite says: that is in the outcome. */
  run(batch: Batch): Promise<BatchOutcome>;
  close(): Promise<void>;
}

export const emptyBatch = (): Batch => ({ units: [], statements: [], valueCounts: [], values: [] });

/** The outcome of a batch of which nothing was committed. */
export const failedOutcome = (batch: Batch, fault: Fault): BatchOutcome => ({
  results: new Float64Array(batch.statements.length * 2),
  faults: batch.units.map((_, unit) => ({ unit, fault })),
  commits: 0,
});
