import type { UsageBucket } from './usage-ledger.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const lengths: Readonly<Record<UsageBucket, number>> = { minute, hour, day };

/** The beginning of the bucket that the instant lies in, in UTC. */
export const bucketStart = (bucket: UsageBucket, at: number): number =>
  Math.floor(at / lengths[bucket]) * lengths[bucket];

/** How long buckets are kept, in milliseconds. */
export interface Retention {
  /** Default 48 hours. */
  readonly minuteMs?: number;
  /** Default 90 days. */
  readonly hourMs?: number;
  /** Default 800 days: this year and last, to compare. */
  readonly dayMs?: number;
}

const defaultRetention: Readonly<Record<UsageBucket, number>> = Object.freeze({
  minute: 48 * hour,
  hour: 90 * day,
  day: 800 * day,
});

/** By kind of bucket. */
export const retentionOf = ({ dayMs, hourMs, minuteMs }: Retention = {}): Readonly<Record<UsageBucket, number>> => ({
  minute: minuteMs ?? defaultRetention.minute,
  hour: hourMs ?? defaultRetention.hour,
  day: dayMs ?? defaultRetention.day,
});

/** Buckets that begin before it are kept no longer: not one of which a part is still to be kept. */
export const keptFrom = (bucket: UsageBucket, now: number, keptMs: number): number => bucketStart(bucket, now - keptMs);
