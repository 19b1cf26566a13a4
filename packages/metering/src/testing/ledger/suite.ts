import type { LedgerOptions } from '../../ledger/ledger-options.js';
import type { UsageLedger, UsageQuery, UsageTotal } from '../../ledger/usage-ledger.js';
import type { UsageRecord } from '../../usage/usage-record.js';

/** One test on a ledger of its own. */
export type LedgerSuite = (name: string, body: (ledger: UsageLedger) => Promise<void>, options?: LedgerOptions) => void;

/** A Wednesday at noon. */
export const noon = Date.UTC(2026, 6, 1, 12);
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const record = (index: number, parts: Partial<UsageRecord> = {}): UsageRecord => ({
  index,
  at: noon,
  tenant: 'acme',
  agent: 'alice',
  tier: 'standard',
  outcome: 'allow',
  operations: { agent_message: 1 },
  ...parts,
});

/** Counts the records behind what is counted. */
export const count = async (ledger: UsageLedger, records: readonly UsageRecord[], source = 'log'): Promise<boolean> => {
  const from = await ledger.cursor(source);
  return ledger.record({ source, from, to: from + records.length, records });
};

/** All days, summed up as asked. */
export const totalsOf = async (ledger: UsageLedger, query: Partial<UsageQuery> = {}): Promise<readonly UsageTotal[]> =>
  ledger.totals({ bucket: 'day', from: 0, to: noon + 1000 * day, groupBy: [], ...query });
