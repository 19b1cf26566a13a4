import type { Entry } from './entry.js';

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
