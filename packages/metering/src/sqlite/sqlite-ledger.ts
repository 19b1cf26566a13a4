import { setImmediate } from 'node:timers/promises';
import { StoreError } from '@charterbus/core-models';
import type { Row, SqlValue, Store, Write } from '@charterbus/store';
import { coarserRows, minuteRows } from '../ledger/aggregate.js';
import { keptFrom, type Retention, retentionOf } from '../ledger/buckets.js';
import { type LedgerOptions, ledgerBounds } from '../ledger/ledger-options.js';
import { type PlainQuery, plainQuery, totalsOfBucket } from '../ledger/totals.js';
import {
  type UsageBucket,
  type UsageEntry,
  type UsageLedger,
  type UsageQuery,
  type UsageTotal,
  usageBuckets,
} from '../ledger/usage-ledger.js';
import type { UsageRow } from '../ledger/usage-row.js';
import type { UsageOutcome, UsageTier } from '../usage/vocabulary.js';
import { meteringNamespace, sumColumns } from './metering-namespace.js';

export interface SqliteLedgerOptions extends LedgerOptions {
  /** Opened with `meteringNamespace`; it stays the caller's to close. One ledger to a store. */
  readonly store: Store;
}

/** Rows that are read before others have their turn. */
const rowsPerTurn = 5000;

const write = (statement: keyof typeof meteringNamespace.writes, values: readonly SqlValue[]): Write => ({
  namespace: meteringNamespace.name,
  statement,
  values,
});

const rowOf = (row: Row): UsageRow => ({
  at: Number(row['at']),
  tenant: String(row['tenant']),
  agent: String(row['agent']),
  type: String(row['type']),
  tool: String(row['tool']),
  tier: String(row['tier']) as UsageTier,
  outcome: String(row['outcome']) as UsageOutcome,
  sums: sumColumns.map((name) => Number(row[name])),
});

class SqliteLedger implements UsageLedger {
  readonly #store: Store;
  readonly #retention: Readonly<Record<UsageBucket, number>>;
  readonly #rowsPerTenant: number;

  constructor(
    store: Store,
    { retention, rowsPerTenant }: { readonly retention: Retention; readonly rowsPerTenant: number },
  ) {
    this.#store = store;
    this.#retention = retentionOf(retention);
    this.#rowsPerTenant = rowsPerTenant;
  }

  cursor(source: string): number {
    const [row] = this.#read('cursor', [source]);
    return Number(row?.['position'] ?? 0);
  }

  async record({ from, records, source, to }: UsageEntry): Promise<boolean> {
    const minutes = minuteRows(records);
    const added = usageBuckets.flatMap((bucket) =>
      coarserRows(minutes, bucket).map((row) => write('add', this.#valuesOf(bucket, row))),
    );
    try {
      await this.#store.commit([write('begin', [source]), write('move', [from, to, source]), ...added]);
      return true;
    } catch (error) {
      const isRefused = StoreError.isInstance(error) && error.code === 'STORE_WRITE_REFUSED';
      if (isRefused && this.cursor(source) !== from) return false;
      throw error;
    }
  }

  async totals(query: UsageQuery): Promise<readonly UsageTotal[]> {
    const plain = plainQuery(query);
    const totals: UsageTotal[] = [];
    let read = 0;
    for (let at = this.#next(plain, plain.from); at !== undefined; at = this.#next(plain, at + 1)) {
      const rows = this.#rowsOf(plain, at);
      totals.push(...totalsOfBucket(at, rows.map(rowOf), plain));
      if (totals.length >= plain.limit) break;
      read += rows.length + 1;
      if (read < rowsPerTurn) continue;
      read = 0;
      await setImmediate();
    }
    return totals.slice(0, plain.limit);
  }

  async prune(now: number): Promise<number> {
    const results = await this.#store.commit(
      usageBuckets.map((bucket) => write('prune', [bucket, keptFrom(bucket, now, this.#retention[bucket])])),
    );
    return results.reduce((sum, { changes }) => sum + changes, 0);
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #valuesOf(bucket: UsageBucket, { agent, at, outcome, sums, tenant, tier, tool, type }: UsageRow): SqlValue[] {
    return [bucket, at, tenant, agent, type, tool, tier, outcome, ...sums, this.#rowsPerTenant];
  }

  #next({ bucket, to }: PlainQuery, from: number): number | undefined {
    const [row] = this.#read('next', [bucket, from, to]);
    return typeof row?.['at'] === 'number' ? row['at'] : undefined;
  }

  #rowsOf({ agent, bucket, tenant }: PlainQuery, at: number): readonly Row[] {
    if (tenant === undefined) return this.#read('all', [bucket, at]);
    if (agent === undefined) return this.#read('ofTenant', [bucket, at, tenant]);
    return this.#read('ofAgent', [bucket, at, tenant, agent]);
  }

  #read(statement: keyof typeof meteringNamespace.reads, values: readonly SqlValue[]): readonly Row[] {
    return this.#store.read(meteringNamespace.name, statement, values);
  }
}

/**
 * A ledger in a store: what is counted and how far are one unit of it, which shares its commit with whatever else waits.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds.
 */
export const openSqliteLedger = (options: SqliteLedgerOptions): UsageLedger =>
  new SqliteLedger(options.store, ledgerBounds(options));
