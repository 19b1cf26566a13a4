import type { MessageType, Quota } from '@charterbus/core-models';

/** A budget, and one subject of it. */
export interface BudgetSubject {
  /** The name of the quota. */
  readonly name: string;
  readonly quota: Extract<Quota, { kind: 'budget' }>;
  readonly subject: string;
  /** Of the message that asks first; which of them the subject goes by says `quota.per`. */
  readonly tenant: string;
  readonly agent: string;
  readonly type: MessageType;
  readonly tool: string | undefined;
}

/**
 * What a subject has used of a budget since then (wall-clock milliseconds, the beginning of a period): messages, bytes, tokens or
 * millionths of the currency. Asked once per subject and period, and only of periods that had begun before.
 */
export type QuotaHistory = (budget: BudgetSubject, since: number) => number | Promise<number>;
