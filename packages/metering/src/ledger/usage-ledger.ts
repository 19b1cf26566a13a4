import type { MessageType } from '@charterbus/core-models';
import type { UsageRecord } from '../usage/usage-record.js';
import type { UsageOperation, UsageOutcome, UsageTier } from '../usage/vocabulary.js';

/** By the calendar, in UTC. */
export const usageBuckets = ['minute', 'hour', 'day'] as const;
export type UsageBucket = (typeof usageBuckets)[number];

/** What a reader of usage asks for. */
export interface UsageQuery {
  readonly bucket: UsageBucket;
  /** Wall-clock milliseconds, rounded down to a bucket; inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly tenant?: string;
  readonly agent?: string;
  readonly type?: MessageType;
  readonly tool?: string;
  readonly operation?: UsageOperation;
  /** What rows are told apart by, besides their bucket. Default: all of them. */
  readonly groupBy?: readonly UsageDimension[];
  /** Rows at most: 1 to 10,000, default 1000. As many as that are answered where there may be more. */
  readonly limit?: number;
  /** Goes on behind this row: the last one of an answer to the same query. */
  readonly after?: UsageTotal;
}

export type UsageDimension = 'tenant' | 'agent' | 'type' | 'tool' | 'tier' | 'outcome' | 'operation';

/**
 * A sum over one bucket. What the query does not group by is absent, and so are type and tool where there was none. Sums stay at
 * 2^53 - 1 when they reach it. The agent and the tool are `*` in what is counted together because a tenant has more rows in one
 * bucket than its ledger tells apart.
 */
export interface UsageTotal {
  /** The beginning of the bucket, wall-clock milliseconds. */
  readonly at: number;
  readonly tenant?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly tool?: string;
  readonly tier?: UsageTier;
  readonly outcome?: UsageOutcome;
  readonly operation?: UsageOperation;
  readonly quantity: number;
  /** These are counted with `agent_message` alone, so that no sum counts them twice. */
  readonly bytes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
}

/** Counted records, together with how far a source was counted: in one step or not at all. */
export interface UsageEntry {
  readonly source: string;
  /** The cursor that this rests on. */
  readonly from: number;
  /** The cursor after it. */
  readonly to: number;
  readonly records: readonly UsageRecord[];
}

/** Where usage is kept, counted by minute, hour and day. */
export interface UsageLedger extends AsyncDisposable {
  /** How far a source has been counted; 0 where never. */
  cursor(source: string): number | Promise<number>;
  /**
   * Counts the records and moves the cursor, or does neither.
   *
   * @returns whether it did: not where the cursor of the source is not `from` (any more), since somebody else has counted.
   * @throws StoreError
   */
  record(entry: UsageEntry): boolean | Promise<boolean>;
  /**
   * In the order of their buckets, then of tenant, agent, type, tool, tier, outcome and operation as texts. Rows whose every sum
   * is 0 are left out.
   *
   * @throws ConfigurationError for a query out of bounds; StoreError.
   */
  totals(query: UsageQuery): readonly UsageTotal[] | Promise<readonly UsageTotal[]>;
  /** Forgets buckets that are older than what each kind is kept for. @returns how many rows went. */
  prune(now: number): number | Promise<number>;
  close(): Promise<void>;
}
