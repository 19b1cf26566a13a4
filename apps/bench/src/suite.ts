import type { Batch } from './measure/batch.js';
import type { Sample } from './measure/sample.js';
import type { Target } from './statistics/conclude.js';

/** `ours`; what one would use instead; the bare engine, which nobody can beat who does more. */
export type RowKind = 'ours' | 'peer' | 'limit';

export type Counts = Readonly<Record<string, number>>;

/** A row that is set up. */
export interface OpenRow {
  readonly batch: Batch;
  /** Fewer operations than this in a batch would measure its end. */
  readonly leastOperations?: number;
  /** What has been counted so far, ever growing; the harness takes differences, for each operation. */
  readonly counts?: () => Counts;
  readonly close: () => Promise<void>;
}

/** One thing that is measured. */
export interface Row {
  readonly name: string;
  readonly kind: RowKind;
  /** What is on, so that no figure is of a mode that nobody runs. */
  readonly profile: string;
  /** What a peer or a limit does not do that ours does. */
  readonly leavesOut?: string;
  /** Makes sure that the operation does what it says, else throws: a denial is quick. */
  readonly open: () => Promise<OpenRow>;
}

/** The sample of a row in one round. */
export type Round = (row: string) => Sample;

/** What is compared: worked out in each round, then the median taken. */
export interface Ratio {
  readonly name: string;
  readonly value: (round: Round) => number;
  readonly target?: Target;
}

/** Rows that are measured in turns, and what is to be learned from them. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  /** What this machine cannot measure, and for want of what. */
  readonly skipped?: readonly string[];
}
