import { CharterbusError, StoreError } from '@charterbus/core-models';
import { coarserRows, minuteRows } from '../ledger/aggregate.js';
import { bucketStart, keptFrom, type Retention, retentionOf } from '../ledger/buckets.js';
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
import { dimensionsKey, overflowOf, type UsageRow } from '../ledger/usage-row.js';
import { pruneScript, recordScript } from './ledger-scripts.js';
import { meteringSettings, type RedisMeteringOptions } from './options.js';
import { ScriptFailed, ScriptsClient } from './scripts-client.js';
import { groupOf, type LedgerKeys, ledgerKeys, rowsOfGroup } from './stored-rows.js';

export interface RedisLedgerOptions extends LedgerOptions, RedisMeteringOptions {}

const defaultAnswerMs = 5000;
/** Groups of rows (of one tenant in one bucket) that are read or forgotten at a time. */
const pageSize = 200;

class RedisLedger implements UsageLedger {
  readonly #client: ScriptsClient;
  readonly #keys: LedgerKeys;
  readonly #retention: Readonly<Record<UsageBucket, number>>;
  readonly #rowsPerTenant: number;

  constructor(
    client: ScriptsClient,
    keys: LedgerKeys,
    { retention, rowsPerTenant }: { readonly retention: Retention; readonly rowsPerTenant: number },
  ) {
    this.#client = client;
    this.#keys = keys;
    this.#retention = retentionOf(retention);
    this.#rowsPerTenant = rowsPerTenant;
  }

  async cursor(source: string): Promise<number> {
    const cursor = await this.#asked(this.#client.command((client) => client.hget(this.#keys.cursors, source)));
    return Number(cursor ?? 0);
  }

  async record({ from, records, source, to }: UsageEntry): Promise<boolean> {
    const keys: string[] = [this.#keys.cursors];
    const values: (string | number)[] = [source, from, to, this.#rowsPerTenant];
    const minutes = minuteRows(records);
    for (const bucket of usageBuckets) {
      for (const rows of byGroup(coarserRows(minutes, bucket))) this.#push(bucket, rows, keys, values);
    }
    return (await this.#asked(this.#client.run(recordScript, keys, values))) === 1;
  }

  async totals(query: UsageQuery): Promise<readonly UsageTotal[]> {
    const plain = plainQuery(query);
    const totals: UsageTotal[] = [];
    for await (const [at, rows] of this.#buckets(plain)) {
      totals.push(...totalsOfBucket(at, rows, plain));
      if (totals.length >= plain.limit) break;
    }
    return totals.slice(0, plain.limit);
  }

  async prune(now: number): Promise<number> {
    let gone = 0;
    for (const bucket of usageBuckets) gone += await this.#pruneBucket(bucket, now);
    return gone;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What one group adds to the call of the script. */
  #push(bucket: UsageBucket, rows: readonly UsageRow[], keys: string[], values: (string | number)[]): void {
    const [{ at, tenant } = { at: 0, tenant: '' }] = rows;
    const member = groupOf(at, tenant);
    keys.push(this.#keys.index(bucket), this.#keys.rows(bucket, member));
    values.push(member, at, rows.length);
    for (const row of rows) values.push(dimensionsKey(row), dimensionsKey(overflowOf(row)), row.sums.join(','));
  }

  /** The rows of each bucket in order. A group that comes while it is read may be missed, and none comes twice. */
  async *#buckets(query: PlainQuery): AsyncGenerator<readonly [number, readonly UsageRow[]]> {
    let at: number | undefined;
    let rows: UsageRow[] = [];
    const seen = new Set<string>();
    for await (const group of this.#groups(query)) {
      if (at !== undefined && group.at !== at) {
        yield [at, rows];
        rows = [];
        seen.clear();
      }
      at = group.at;
      if (seen.has(group.member)) continue;
      seen.add(group.member);
      rows.push(...group.rows);
    }
    if (at !== undefined) yield [at, rows];
  }

  async *#groups({ bucket, from, tenant, to }: PlainQuery) {
    const index = this.#keys.index(bucket);
    for (let offset = 0; ; offset += pageSize) {
      const members = await this.#asked(
        this.#client.command((client) => client.zrangebyscore(index, from, `(${to}`, 'LIMIT', offset, pageSize)),
      );
      const wanted = tenant === undefined ? members : members.filter((member) => member.endsWith(`/${tenant}`));
      for (const [member, rows] of await this.#read(bucket, wanted)) yield rowsOfGroup(member, rows);
      if (members.length < pageSize) return;
    }
  }

  async #read(bucket: UsageBucket, members: readonly string[]): Promise<readonly [string, Record<string, string>][]> {
    const replies = await this.#asked(
      this.#client.command((client) =>
        Promise.all(members.map((member) => client.hgetall(this.#keys.rows(bucket, member)))),
      ),
    );
    return members.map((member, place) => [member, replies[place] ?? {}]);
  }

  async #pruneBucket(bucket: UsageBucket, now: number): Promise<number> {
    const index = this.#keys.index(bucket);
    const kept = bucketStart(bucket, keptFrom(bucket, now, this.#retention[bucket]));
    let gone = 0;
    for (;;) {
      const members = await this.#asked(
        this.#client.command((client) => client.zrangebyscore(index, '-inf', `(${kept}`, 'LIMIT', 0, pageSize)),
      );
      if (members.length === 0) return gone;
      const keys = [index, ...members.map((member) => this.#keys.rows(bucket, member))];
      gone += Number(await this.#asked(this.#client.run(pruneScript, keys, members)));
    }
  }

  /** @throws StoreError */
  async #asked<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } catch (error) {
      throw storeErrorOf(error);
    }
  }
}

const storeErrorOf = (error: unknown): CharterbusError => {
  if (CharterbusError.isInstance(error)) return error;
  const isUnknown = error instanceof ScriptFailed && error.failure.kind === 'unknown';
  const code = isUnknown ? 'STORE_OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
  return new StoreError(code, 'Redis did not take or tell the usage.', { cause: error, retryAfterMs: 1000 });
};

/** Rows of one tenant and bucket together. */
const byGroup = (rows: readonly UsageRow[]): Iterable<readonly UsageRow[]> =>
  Map.groupBy(rows, ({ at, tenant }) => groupOf(at, tenant)).values();

/**
 * A ledger that several processes share: each batch is counted by one script, by whichever process comes first.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds.
 */
export const openRedisLedger = (options: RedisLedgerOptions): UsageLedger => {
  const settings = meteringSettings(options, defaultAnswerMs);
  const closed = (): Error => new StoreError('STORE_UNAVAILABLE', 'The ledger is closed.');
  return new RedisLedger(
    new ScriptsClient({ ...settings, closed }),
    ledgerKeys(settings.prefix),
    ledgerBounds(options),
  );
};
