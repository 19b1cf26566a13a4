import type { QuotaCharge, QuotaLevel } from '../quota-counters.js';
import { drainBucket, waitFor } from './bucket.js';
import type { BudgetEntry, Entry, RateEntry } from './entry.js';
import type { Instant } from './instant.js';
import type { PeriodCount } from './period-counts.js';

/** A level while it is worked out: one object for each charge, since this is on the way of each message. */
export type OpenLevel = { -readonly [Field in keyof QuotaLevel]: QuotaLevel[Field] };

/** Nobody knows when a place will be free: whoever is turned away may ask again after so long. */
export const placeWaitMs = 1000;

const never = Number.POSITIVE_INFINITY;

const levelAt = (used: number, waitMs: number, period = 0): OpenLevel => ({
  used,
  waitMs,
  crossed: false,
  period,
  noRoom: false,
});

/** What has no entry, since there is no room for it. */
export const noRoomLevel = (): OpenLevel => ({ used: 0, waitMs: 0, crossed: false, period: 0, noRoom: true });

const countOf = (entry: BudgetEntry, { limit }: QuotaCharge, wall: number): PeriodCount => {
  if (limit.kind !== 'budget') throw new TypeError('The counter of a budget was asked for something else.');
  return entry.counts.at(limit, wall);
};

/** What is in no order with the limit (NaN) does not fit. */
const budgetWait = ({ end, used }: PeriodCount, { amount, limit }: QuotaCharge, wall: number): number => {
  if (used + amount <= limit.most) return 0;
  return amount <= limit.most ? Math.max(1, Math.ceil(end - wall)) : never;
};

export const rateLevel = ({ bucket, limit }: RateEntry, monotonic: number): OpenLevel => {
  drainBucket(bucket, limit, monotonic);
  return levelAt(bucket.level / limit.cost, waitFor(bucket.level + limit.cost - limit.capacity, limit));
};

/** How it stands before the charge, and how long the charge would have to wait. */
export const levelOf = (entry: Entry, charge: QuotaCharge, message: string, at: Instant): OpenLevel => {
  switch (entry.kind) {
    case 'rate':
      return rateLevel(entry, at.monotonic);
    case 'concurrency': {
      const { places } = entry;
      return levelAt(places.size, places.size < charge.limit.most || places.has(message) ? 0 : placeWaitMs);
    }
    case 'budget': {
      const count = countOf(entry, charge, at.wall);
      return levelAt(count.used, budgetWait(count, charge, at.wall), count.start);
    }
  }
};

const chargeBudget = (count: PeriodCount, { amount, limit: { most, warn } }: QuotaCharge, level: OpenLevel): void => {
  count.used += amount;
  level.used = count.used;
  level.crossed = !count.isWarned && count.used >= warn * most;
  if (level.crossed) count.isWarned = true;
};

/** Makes the charge, which fits. @param level as `levelOf` gave it in the same turn; it becomes what stands afterwards. */
export const makeCharge = (entry: Entry, charge: QuotaCharge, message: string, level: OpenLevel): void => {
  if (entry.kind === 'budget') {
    const count = entry.counts.of(level.period);
    if (count !== undefined) chargeBudget(count, charge, level);
    return;
  }
  const before = level.used;
  if (entry.kind === 'rate') {
    entry.bucket.level += entry.limit.cost;
    level.used = entry.bucket.level / entry.limit.cost;
  } else {
    entry.places.add(message);
    level.used = entry.places.size;
  }
  const threshold = charge.limit.warn * charge.limit.most;
  level.crossed = before < threshold && level.used >= threshold;
};
