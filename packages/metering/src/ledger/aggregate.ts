import type { UsageRecord } from '../usage/usage-record.js';
import { usageOperations } from '../usage/vocabulary.js';
import { bucketStart } from './buckets.js';
import type { UsageBucket } from './usage-ledger.js';
import { addSums, dimensionsKey, mostSum, noSums, type Sums, type UsageRow } from './usage-row.js';

/** Rows by what tells them apart. */
type Rows = Map<string, UsageRow>;

const rowIn = (rows: Rows, row: Omit<UsageRow, 'sums'>): Sums => {
  const key = `${row.at}\n${row.tenant}\n${dimensionsKey(row)}`;
  const known = rows.get(key);
  if (known !== undefined) return known.sums;
  const sums = noSums();
  rows.set(key, { ...row, sums });
  return sums;
};

/** What is no whole number that can be counted exactly would stop the ledger for good: it is rounded up, and nothing where it is no number. */
const whole = (value: number | undefined): number =>
  value !== undefined && value > 0 ? Math.min(Math.ceil(value), mostSum) : 0;

const sumsOf = (record: UsageRecord): Sums => [
  ...usageOperations.map((operation) => whole(record.operations[operation])),
  whole(record.bytes),
  whole(record.inputTokens),
  whole(record.outputTokens),
  whole(record.costMicros),
];

/** Many records as few rows, by the minute. */
export const minuteRows = (records: readonly UsageRecord[]): readonly UsageRow[] => {
  const rows: Rows = new Map();
  for (const record of records) {
    const { agent, outcome, tenant, tier, tool = '', type = '' } = record;
    const at = bucketStart('minute', record.at);
    addSums(rowIn(rows, { at, tenant, agent, type, tool, tier, outcome }), sumsOf(record));
  }
  return [...rows.values()];
};

/** The same, by a bucket that minutes lie in. */
export const coarserRows = (minutes: readonly UsageRow[], bucket: UsageBucket): readonly UsageRow[] => {
  if (bucket === 'minute') return minutes;
  const rows: Rows = new Map();
  for (const row of minutes) addSums(rowIn(rows, { ...row, at: bucketStart(bucket, row.at) }), row.sums);
  return [...rows.values()];
};
