import type { Verdict } from './verdict.js';

/**
 * What an accepted message survives: nothing (`memory`), a killed process (`process`), a loss of power (`fsync`), the
 * loss of a machine (`replicated`).
 */
export const durabilities = ['memory', 'process', 'fsync', 'replicated'] as const;
export type Durability = (typeof durabilities)[number];

export interface RecipientCounts {
  readonly allowed: number;
  readonly held: number;
  readonly denied: number;
}

/** What the sender gets back, after the commit. */
export interface Receipt {
  readonly messageId: string;
  /** `held` when nothing was allowed at once and something waits for a decision. */
  readonly status: 'accepted' | 'held';
  /** The verdict at `send`, then one at `receive` for each recipient, at most a hundred of them. */
  readonly verdicts: readonly Verdict[];
  /** The short hash of the constitution that judged. */
  readonly constitutionalHash: string;
  readonly durability: Durability;
  /** The place of the admission in the audit log; -1 where none is kept. */
  readonly leafIndex: number;
  /** For addresses with several recipients. */
  readonly recipients?: RecipientCounts;
  /** This receipt answers a repeated send; it is the first one's. */
  readonly duplicate?: true;
}
