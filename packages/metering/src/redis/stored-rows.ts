import type { UsageBucket } from '../ledger/usage-ledger.js';
import type { UsageRow } from '../ledger/usage-row.js';
import type { UsageOutcome, UsageTier } from '../usage/vocabulary.js';

/** What one tenant has in one bucket goes by this name. */
export const groupOf = (at: number, tenant: string): string => `${at}/${tenant}`;

export type LedgerKeys = ReturnType<typeof ledgerKeys>;

/** What all keys of a ledger begin with: what a script touches has to lie in one slot of a cluster. */
export const ledgerTag = (prefix: string): string => `{${prefix}:usage}`;

export const ledgerKeys = (prefix: string) => {
  const tag = ledgerTag(prefix);
  return {
    /** Hash of the name of a source to how far it is counted. */
    cursors: `${tag}:cursors`,
    /** Sorted set of groups by the beginning of their bucket. */
    index: (bucket: UsageBucket): string => `${tag}:${bucket}`,
    /** Hash of what tells rows of a group apart to their sums. */
    rows: (bucket: UsageBucket, group: string): string => `${tag}:${bucket}:${group}`,
  } as const;
};

export const rowsOfGroup = (member: string, fields: Readonly<Record<string, string>>) => {
  const [begin = '', tenant = ''] = member.split('/');
  const at = Number(begin);
  const rows = Object.entries(fields).map(([field, sums]): UsageRow => {
    const [agent = '', type = '', tool = '', tier = '', outcome = ''] = field.split('\n');
    const numbers = sums.split(',').map(Number);
    return {
      at,
      tenant,
      agent,
      type,
      tool,
      tier: tier as UsageTier,
      outcome: outcome as UsageOutcome,
      sums: numbers,
    };
  });
  return { member, at, rows };
};
