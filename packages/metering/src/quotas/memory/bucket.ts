import type { RateLimit } from '../limit.js';

/** What one subject has used of a rate. */
export interface Bucket {
  /** What is in it, in the units of the limit that it was last asked by. */
  level: number;
  /** When that was, in grains of a clock that never goes back. */
  at: number;
  /** What one message costs in those units. */
  cost: number;
  grains: number;
}

export const emptyBucket = ({ cost, grains }: RateLimit): Bucket => ({ level: 0, at: 0, cost, grains });

/** Lets drain what has drained since, and counts on in the units of the limit. */
export const drainBucket = (bucket: Bucket, limit: RateLimit, monotonicMs: number): void => {
  const at = Math.floor(monotonicMs * limit.grains);
  if (bucket.cost !== limit.cost || bucket.grains !== limit.grains) rescale(bucket, limit);
  const level = bucket.level - (at - bucket.at) * limit.drain;
  bucket.level = level > 0 ? level : 0;
  bucket.at = at;
};

/** A changed limit applies to the messages that were counted under the one before. */
const rescale = (bucket: Bucket, { cost, grains }: RateLimit): void => {
  bucket.level = Math.ceil((bucket.level / bucket.cost) * cost);
  bucket.at = Math.floor((bucket.at / bucket.grains) * grains);
  bucket.cost = cost;
  bucket.grains = grains;
};

/** Milliseconds until one more message fits, or so much of it is gone; 0 where it is now. */
export const waitFor = (excess: number, { drain, grains }: RateLimit): number =>
  excess > 0 ? Math.max(1, Math.ceil(excess / drain / grains)) : 0;
