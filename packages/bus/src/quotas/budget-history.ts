import type { QuotaMeasure, QuotaPeriod } from '@charterbus/core-models';
import type {
  BudgetSubject,
  QuotaHistory,
  UsageBucket,
  UsageLedger,
  UsageQuery,
  UsageTotal,
} from '@charterbus/metering';

/** The coarsest buckets of which a period is made. */
const buckets: Readonly<Record<QuotaPeriod, UsageBucket>> = {
  minute: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'day',
  month: 'day',
};

const measures: Readonly<Record<QuotaMeasure, (total: UsageTotal) => number>> = {
  messages: ({ quantity }) => quantity,
  bytes: ({ bytes }) => bytes,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  cost: ({ costMicros }) => costMicros,
};

/** What was accepted, at once or after a decision. */
const isAccepted = ({ outcome }: UsageTotal): boolean => outcome === 'allow' || outcome === 'escalate';

const isAbout =
  ({ agents, types, tools }: BudgetSubject['quota']['match']) =>
  ({ agent = '', type = '', tool = '' }: UsageTotal): boolean =>
    (agents?.includes(agent) ?? true) &&
    (types === undefined || types.some((one) => one === type)) &&
    (tools?.includes(tool) ?? true);

const queryOf = ({ quota, tenant, agent, type, tool }: BudgetSubject, since: number): UsageQuery => {
  const { per, period } = quota;
  return {
    bucket: buckets[period],
    from: since,
    to: Number.MAX_SAFE_INTEGER,
    tenant,
    operation: 'agent_message',
    ...(per.startsWith('agent') ? { agent } : {}),
    ...(per.endsWith('-type') ? { type } : {}),
    ...(per.endsWith('-tool') && tool !== undefined ? { tool } : {}),
    groupBy: ['agent', 'type', 'tool', 'outcome'],
    limit: 10_000,
  };
};

/** What budgets had used before this process began, from what was counted of the messages that were committed. */
export const budgetHistory =
  (ledger: UsageLedger): QuotaHistory =>
  async (budget, since) => {
    const { match, measure } = budget.quota;
    const totals = await ledger.totals(queryOf(budget, since));
    return totals
      .filter(isAccepted)
      .filter(isAbout(match))
      .reduce((sum, total) => sum + measures[measure](total), 0);
  };
