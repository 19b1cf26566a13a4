import type { Entry, HistoryEvent } from './entry.js';

/** Positions grow by so many a millisecond: they tell order, and when something entered its queue. */
export const positionsPerMs = 1024;

/** A position after the last one; of whatever the clock shows, it never goes back. */
export const positionAfter = (last: number, now: number): number =>
  Math.max(last + 1, Math.floor(now) * positionsPerMs);

/** The position of what enters its queue at a later moment: among those that come then, not before. */
export const positionAt = (position: number, notBefore: number): number =>
  Math.max(position, notBefore * positionsPerMs);

/** Whether the entry's place is that of the moment until which its sender put it off. */
export const isPutOff = ({ position, notBefore }: Pick<Entry, 'position' | 'notBefore'>): boolean =>
  notBefore > 0 && position === notBefore * positionsPerMs;

type Placed = Pick<Entry, 'message' | 'position'>;

/** Positions of one moment may be the same; ids grow with time. */
export const byPosition = (left: Placed, right: Placed): number =>
  left.position - right.position || (left.message < right.message ? -1 : 1);

/**
 * What comes first in a queue is what has the least turn. A step of priority is worth `agingMs` of waiting, so that
 * nothing urgent that keeps coming can hold up anything for longer than three of them.
 */
export const turnOf = ({ priority, position }: Pick<Entry, 'priority' | 'position'>, agingMs: number): number =>
  position - priority * agingMs * positionsPerMs;

interface Wait {
  readonly until: number;
  readonly since: readonly HistoryEvent['kind'][];
}

const waitOf = (entry: Entry): Wait | undefined => {
  if (entry.state === 'leased') return { until: entry.leaseUntil, since: ['granted'] };
  if (entry.state === 'held') return { until: entry.holdUntil, since: ['held'] };
  // The moment of one that was put off is the sender's, and means the clock on the wall.
  return isPutOff(entry) ? undefined : { until: entry.notBefore, since: ['retried', 'lease-expired'] };
};

/**
 * How long the lease, the hold or the backoff of an entry was to last when it was written, in milliseconds. A clock that was
 * set back while nobody looked must not make it last longer: the moment at which it ends is one of the clock before.
 */
export const longestWait = (entry: Entry): number => {
  const wait = waitOf(entry);
  const begun = wait && entry.history.findLast(({ kind }) => wait.since.includes(kind));
  if (wait === undefined || begun === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, wait.until - Date.parse(begun.at));
};
