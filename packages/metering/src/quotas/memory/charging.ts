import type { QuotaCharge, QuotaLevel } from '../quota-counters.js';
import { drainBucket, waitFor } from './bucket.js';
import type { BudgetEntry, ConcurrencyEntry, Entry, RateEntry } from './entry.js';
import type { Instant } from './instant.js';
import type { PeriodCount } from './period-counts.js';

/** Nobody knows when a place will be free: whoever is turned away may ask again after so long. */
export const placeWaitMs = 1000;

const never = Number.POSITIVE_INFINITY;

/** What one charge asks of one entry, before anything is charged. */
interface Asked {
  readonly charge: QuotaCharge;
  readonly message: string;
  readonly at: Instant;
}

/** Before and after, as shares of the limit: whether the threshold lies between them. */
const crosses = ({ warn, most }: QuotaCharge['limit'], before: number, after: number): boolean =>
  before < warn * most && after >= warn * most;

/** What is in no order with the limit (NaN) does not fit. */
const budgetWait = (used: number, { amount, limit }: QuotaCharge, leftMs: number): number => {
  if (used + amount <= limit.most) return 0;
  return amount <= limit.most ? leftMs : never;
};

const rateLevel = ({ bucket, limit }: RateEntry, { at }: Asked): QuotaLevel => {
  drainBucket(bucket, limit, at.monotonic);
  const waitMs = waitFor(bucket.level + limit.cost - limit.capacity, limit);
  return { used: bucket.level / limit.cost, waitMs, crossed: false, period: 0, noRoom: false };
};

const placesLevel = ({ places }: ConcurrencyEntry, { charge, message }: Asked): QuotaLevel => {
  const fits = places.size < charge.limit.most || places.has(message);
  return { used: places.size, waitMs: fits ? 0 : placeWaitMs, crossed: false, period: 0, noRoom: false };
};

const countOf = (entry: BudgetEntry, { limit }: QuotaCharge, { wall }: Instant): PeriodCount => {
  if (limit.kind !== 'budget') throw new TypeError('The counter of a budget was asked for something else.');
  return entry.counts.at(limit, wall);
};

const budgetLevel = (entry: BudgetEntry, { charge, at }: Asked): QuotaLevel => {
  const { used, start, end } = countOf(entry, charge, at);
  const waitMs = budgetWait(used, charge, Math.max(1, Math.ceil(end - at.wall)));
  return { used, waitMs, crossed: false, period: start, noRoom: false };
};

/** How it stands before the charge, and how long the charge would have to wait. */
export const levelOf = (entry: Entry, asked: Asked): QuotaLevel => {
  switch (entry.kind) {
    case 'rate':
      return rateLevel(entry, asked);
    case 'concurrency':
      return placesLevel(entry, asked);
    case 'budget':
      return budgetLevel(entry, asked);
  }
};

const chargeBudget = (entry: BudgetEntry, { charge, at }: Asked, level: QuotaLevel): QuotaLevel => {
  const count = countOf(entry, charge, at);
  count.used += charge.amount;
  const crossed = !count.isWarned && count.used >= charge.limit.warn * charge.limit.most;
  if (crossed) count.isWarned = true;
  return { ...level, used: count.used, crossed };
};

/** Makes the charge, which fits. @param level as `levelOf` gave it in the same turn. */
export const makeCharge = (entry: Entry, asked: Asked, level: QuotaLevel): QuotaLevel => {
  const { charge, message } = asked;
  switch (entry.kind) {
    case 'rate': {
      entry.bucket.level += entry.limit.cost;
      const used = entry.bucket.level / entry.limit.cost;
      return { used, waitMs: 0, crossed: crosses(charge.limit, level.used, used), period: 0, noRoom: false };
    }
    case 'concurrency': {
      entry.places.add(message);
      const used = entry.places.size;
      return { ...level, used, crossed: crosses(charge.limit, level.used, used) };
    }
    case 'budget':
      return chargeBudget(entry, asked, level);
  }
};
