import { coarserRows, minuteRows } from './aggregate.js';
import { keptFrom, type Retention, retentionOf } from './buckets.js';
import { type LedgerOptions, ledgerBounds } from './ledger-options.js';
import { plainQuery, totalsOfBucket } from './totals.js';
import {
  type UsageBucket,
  type UsageEntry,
  type UsageLedger,
  type UsageQuery,
  type UsageTotal,
  usageBuckets,
} from './usage-ledger.js';
import { addSums, dimensionsKey, noSums, overflowName, overflowOf, type UsageRow } from './usage-row.js';

/** What one tenant has in one bucket. */
interface TenantRows {
  readonly rows: Map<string, UsageRow>;
  /** Rows whose agent and tool have a name. */
  named: number;
}

/** By the beginning of the bucket, then by tenant. */
type Buckets = Map<number, Map<string, TenantRows>>;

class MemoryLedger implements UsageLedger {
  readonly #retention: ReturnType<typeof retentionOf>;
  readonly #rowsPerTenant: number;
  readonly #cursors = new Map<string, number>();
  readonly #buckets: Readonly<Record<UsageBucket, Buckets>> = { minute: new Map(), hour: new Map(), day: new Map() };

  constructor({ retention, rowsPerTenant }: { readonly retention: Retention; readonly rowsPerTenant: number }) {
    this.#retention = retentionOf(retention);
    this.#rowsPerTenant = rowsPerTenant;
  }

  cursor(source: string): number {
    return this.#cursors.get(source) ?? 0;
  }

  record({ from, records, source, to }: UsageEntry): boolean {
    if (this.cursor(source) !== from) return false;
    const minutes = minuteRows(records);
    for (const bucket of usageBuckets) {
      for (const row of coarserRows(minutes, bucket)) this.#add(this.#buckets[bucket], row);
    }
    this.#cursors.set(source, to);
    return true;
  }

  totals(query: UsageQuery): readonly UsageTotal[] {
    const plain = plainQuery(query);
    const buckets = this.#buckets[plain.bucket];
    const starts = [...buckets.keys()].filter((at) => at >= plain.from && at < plain.to);
    const totals: UsageTotal[] = [];
    for (const at of starts.toSorted((one, other) => one - other)) {
      totals.push(...totalsOfBucket(at, rowsOf(buckets.get(at)), plain));
      if (totals.length >= plain.limit) break;
    }
    return totals.slice(0, plain.limit);
  }

  prune(now: number): number {
    let gone = 0;
    for (const bucket of usageBuckets) {
      const kept = keptFrom(bucket, now, this.#retention[bucket]);
      for (const [at, tenants] of this.#buckets[bucket]) {
        if (at >= kept) continue;
        for (const { rows } of tenants.values()) gone += rows.size;
        this.#buckets[bucket].delete(at);
      }
    }
    return gone;
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(buckets: Buckets, row: UsageRow): void {
    const tenants = buckets.get(row.at) ?? new Map<string, TenantRows>();
    buckets.set(row.at, tenants);
    const own = tenants.get(row.tenant) ?? { rows: new Map<string, UsageRow>(), named: 0 };
    tenants.set(row.tenant, own);
    addSums(this.#rowIn(own, row).sums, row.sums);
  }

  #rowIn(own: TenantRows, row: UsageRow): UsageRow {
    const known = own.rows.get(dimensionsKey(row));
    if (known !== undefined) return known;
    if (row.agent !== overflowName) {
      if (own.named >= this.#rowsPerTenant) return this.#rowIn(own, { ...row, ...overflowOf(row) });
      own.named += 1;
    }
    const added = { ...row, sums: noSums() };
    own.rows.set(dimensionsKey(row), added);
    return added;
  }
}

function* rowsOf(tenants: Map<string, TenantRows> | undefined): Generator<UsageRow> {
  for (const { rows } of tenants?.values() ?? []) yield* rows.values();
}

/** A ledger of one process; what it has counted ends with it, and is counted anew where sources still have it. */
export const createMemoryLedger = (options: LedgerOptions = {}): UsageLedger => new MemoryLedger(ledgerBounds(options));
