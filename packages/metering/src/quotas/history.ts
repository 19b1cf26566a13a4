import type { MessageType, Quota } from '@charterbus/core-models';
import type { UsageDimension, UsageLedger, UsageQuery, UsageTotal } from '../ledger/usage-ledger.js';

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

/** Longer than any period. */
const longestMs = 32 * 86_400_000;
const pageRows = 10_000;

const hasPassed = ({ agents, tenants, tools, types }: BudgetSubject['quota']['match'], total: UsageTotal): boolean => {
  const within = (list: readonly string[] | undefined, value: string | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  return (
    total.outcome !== 'deny' &&
    within(tenants, total.tenant) &&
    within(agents, total.agent) &&
    within(types, total.type) &&
    within(tools, total.tool)
  );
};

const amountOf = ({ measure }: BudgetSubject['quota'], total: UsageTotal): number => {
  switch (measure) {
    case 'messages':
      return total.quantity;
    case 'bytes':
      return total.bytes;
    case 'tokens':
      return total.inputTokens + total.outputTokens;
    case 'cost':
      return total.costMicros;
  }
};

const queryOf = ({ agent, quota, tenant, tool, type }: BudgetSubject, since: number): UsageQuery => {
  const { match, per, period } = quota;
  const isOf = (part: string): boolean => per.split('-').includes(part);
  // Hours and minutes begin where days do not.
  const bucket = period === 'minute' || period === 'hour' ? period : 'day';
  const groupBy: UsageDimension[] = ['tenant', 'outcome'];
  if (match.agents !== undefined) groupBy.push('agent');
  if (match.types !== undefined) groupBy.push('type');
  if (match.tools !== undefined) groupBy.push('tool');
  const subject = {
    tenant,
    ...(isOf('agent') ? { agent } : {}),
    ...(isOf('type') ? { type } : {}),
    ...(isOf('tool') && tool !== undefined ? { tool } : {}),
  };
  return {
    ...subject,
    bucket,
    from: since,
    to: since + longestMs,
    operation: 'agent_message',
    groupBy,
    limit: pageRows,
  };
};

/**
 * Answers from a ledger what was used of budgets: accepted messages, and what they measured. What the ledger has counted together as
 * `*`, since there was too much to tell apart, is in no agent's and no tool's history. Let the meter count what is committed
 * before (`Meter.counted`): what comes later than the answer is not in it.
 */
export const ledgerHistory =
  (ledger: Pick<UsageLedger, 'totals'>): QuotaHistory =>
  async (budget, since) => {
    const query = queryOf(budget, since);
    let used = 0;
    let page = await ledger.totals(query);
    for (;;) {
      for (const total of page) used += hasPassed(budget.quota.match, total) ? amountOf(budget.quota, total) : 0;
      const after = page.at(-1);
      if (after === undefined || page.length < pageRows) return used;
      page = await ledger.totals({ ...query, after });
    }
  };
