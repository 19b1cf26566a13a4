import { ConfigurationError } from '@charterbus/core-models';
import { type UsageOperation, usageOperations } from '../usage/vocabulary.js';
import { bucketStart } from './buckets.js';
import type { UsageDimension, UsageQuery, UsageTotal } from './usage-ledger.js';
import {
  addSums,
  bytesPlace,
  costPlace,
  inputTokensPlace,
  noSums,
  outputTokensPlace,
  placeOf,
  type Sums,
  type UsageRow,
} from './usage-row.js';

const usageDimensions: readonly UsageDimension[] = ['tenant', 'agent', 'type', 'tool', 'tier', 'outcome', 'operation'];

const defaultRows = 1000;
const mostRows = 10_000;

/** A query with its defaults, its instants on the edges of buckets. */
export interface PlainQuery extends Omit<UsageQuery, 'groupBy' | 'limit'> {
  readonly groupBy: ReadonlySet<UsageDimension>;
  readonly limit: number;
}

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const plainQuery = (query: UsageQuery): PlainQuery => {
  const { bucket, from, to, groupBy = usageDimensions, limit = defaultRows } = query;
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'from and to must be milliseconds since the epoch.');
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > mostRows) {
    throw new ConfigurationError('CONFIGURATION_INVALID', `limit must be a whole number from 1 to ${mostRows}.`);
  }
  const begin = bucketStart(bucket, Math.max(from, query.after?.at ?? from));
  return { ...query, from: begin, groupBy: new Set(groupBy), limit };
};

const texts = ['tenant', 'agent', 'type', 'tool', 'tier', 'outcome'] as const;
type Text = (typeof texts)[number];

interface Group {
  readonly labels: Readonly<Partial<Record<Text, string>>>;
  readonly sums: Sums;
}

const matches = (row: UsageRow, query: PlainQuery): boolean =>
  (query.tenant === undefined || row.tenant === query.tenant) &&
  (query.agent === undefined || row.agent === query.agent) &&
  (query.type === undefined || row.type === query.type) &&
  (query.tool === undefined || row.tool === query.tool);

const measuresOf = (sums: Sums) => ({
  bytes: sums[bytesPlace] ?? 0,
  inputTokens: sums[inputTokensPlace] ?? 0,
  outputTokens: sums[outputTokensPlace] ?? 0,
  costMicros: sums[costPlace] ?? 0,
});

const noMeasures = { bytes: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };

/** What one operation has of the sums: what messages measure is counted with `agent_message` alone. */
const ofOperation = (sums: Sums, operation: UsageOperation) => ({
  quantity: sums[placeOf(operation)] ?? 0,
  ...(operation === 'agent_message' ? measuresOf(sums) : noMeasures),
});

const isNothing = ({
  bytes,
  costMicros,
  inputTokens,
  outputTokens,
  quantity,
}: ReturnType<typeof ofOperation>): boolean => quantity + bytes + inputTokens + outputTokens + costMicros === 0;

/** The rows of one group: one, or one for each operation. */
const totalsOfGroup = (at: number, { labels, sums }: Group, query: PlainQuery): readonly UsageTotal[] => {
  const operations = query.operation === undefined ? usageOperations : [query.operation];
  if (query.operation === undefined && !query.groupBy.has('operation')) {
    const quantity = usageOperations.reduce((sum, operation) => sum + (sums[placeOf(operation)] ?? 0), 0);
    return [
      { at, ...labels, quantity: Math.min(quantity, Number.MAX_SAFE_INTEGER), ...measuresOf(sums) },
    ] as UsageTotal[];
  }
  const grouped = query.groupBy.has('operation');
  return operations.flatMap((operation) => {
    const measured = ofOperation(sums, operation);
    return isNothing(measured) ? [] : [{ at, ...labels, ...(grouped ? { operation } : {}), ...measured } as UsageTotal];
  });
};

/** What a total stands by among those of its bucket. */
const placeText = (total: UsageTotal): string =>
  [...texts.map((name) => total[name] ?? ''), total.operation ?? ''].join('\n');

/** The order of totals. */
const compareTotals = (one: UsageTotal, other: UsageTotal): number => {
  if (one.at !== other.at) return one.at - other.at;
  const [left, right] = [placeText(one), placeText(other)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
};

/** Sums rows of one bucket as the query asks, in the order of totals. */
export const totalsOfBucket = (at: number, rows: Iterable<UsageRow>, query: PlainQuery): readonly UsageTotal[] => {
  const grouping = texts.filter((name) => query.groupBy.has(name));
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (!matches(row, query)) continue;
    const key = grouping.map((name) => row[name]).join('\n');
    const group = groups.get(key) ?? { labels: labelsOf(row, grouping), sums: noSums() };
    addSums(group.sums, row.sums);
    groups.set(key, group);
  }
  const totals = [...groups.values()].flatMap((group) => totalsOfGroup(at, group, query)).toSorted(compareTotals);
  const { after } = query;
  return after === undefined ? totals : totals.filter((total) => compareTotals(total, after) > 0);
};

/** Where there is no type or tool, there is no label. */
const labelsOf = (row: UsageRow, grouping: readonly Text[]): Group['labels'] =>
  Object.fromEntries(grouping.filter((name) => row[name] !== '').map((name) => [name, row[name]]));
