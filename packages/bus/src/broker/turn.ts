import type { Entry } from './entry.js';

/** Positions grow by so many a millisecond: they tell order, and when something entered its queue. */
const positionsPerMs = 1024;

/** A position after the last one; of whatever the clock shows, it never goes back. */
export const positionAfter = (last: number, now: number): number =>
  Math.max(last + 1, Math.floor(now) * positionsPerMs);

/**
 * What comes first in a queue is what has the least turn. A step of priority is worth `agingMs` of waiting, so that
 * nothing urgent that keeps coming can hold up anything for longer than three of them.
 */
export const turnOf = ({ priority, position }: Pick<Entry, 'priority' | 'position'>, agingMs: number): number =>
  position - priority * agingMs * positionsPerMs;
