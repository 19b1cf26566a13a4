import type { Limit } from '../limit.js';
import { type Bucket, drainBucket, emptyBucket } from './bucket.js';
import type { Instant } from './instant.js';
import { PeriodCounts } from './period-counts.js';

interface CommonEntry {
  readonly tenant: string;
  readonly subject: string;
}

export interface RateEntry extends CommonEntry {
  readonly kind: 'rate';
  readonly bucket: Bucket;
  limit: Extract<Limit, { kind: 'rate' }>;
}

export interface ConcurrencyEntry extends CommonEntry {
  readonly kind: 'concurrency';
  /** Ids of the messages that have a place. */
  readonly places: Set<string>;
}

export interface BudgetEntry extends CommonEntry {
  readonly kind: 'budget';
  readonly counts: PeriodCounts;
  /** The period whose history is being asked for, and the answer to come. */
  asking: { readonly period: number; readonly answer: Promise<void> } | undefined;
}

/** What one limit has counted of one subject. */
export type Entry = RateEntry | ConcurrencyEntry | BudgetEntry;

export const newEntry = (limit: Limit, tenant: string, subject: string): Entry => {
  switch (limit.kind) {
    case 'rate':
      return { kind: 'rate', tenant, subject, limit, bucket: emptyBucket(limit) };
    case 'concurrency':
      return { kind: 'concurrency', tenant, subject, places: new Set() };
    case 'budget':
      return { kind: 'budget', tenant, subject, counts: new PeriodCounts(), asking: undefined };
  }
};

/** Whether forgetting it changes no decision. */
export const isIdle = (entry: Entry, { wall, monotonic }: Instant): boolean => {
  switch (entry.kind) {
    case 'rate':
      drainBucket(entry.bucket, entry.limit, monotonic);
      return entry.bucket.level === 0;
    case 'concurrency':
      return entry.places.size === 0;
    case 'budget':
      return entry.asking === undefined && entry.counts.isIdle(wall);
  }
};
