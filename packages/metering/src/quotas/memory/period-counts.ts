import type { BudgetLimit } from '../limit.js';
import { type Period, periodOf } from '../period.js';

/** One period, and what was used in it. */
export interface PeriodCount extends Period {
  used: number;
  isWarned: boolean;
  /** Whether what was used before these counters began to count is in it. */
  isWhole: boolean;
}

/**
 * What one subject has used of a budget, in the period that was asked for last and in the one before that: a clock that goes
 * back and comes again finds both as it left them.
 */
export class PeriodCounts {
  current: PeriodCount | undefined;
  #other: PeriodCount | undefined;

  /** Makes the period that the instant lies in the current one. */
  at(limit: BudgetLimit, now: number): PeriodCount {
    const { current } = this;
    if (current !== undefined && now >= current.start && now < current.end) return current;
    const { start, end } = periodOf(limit.period, now);
    const next = this.#other?.start === start ? this.#other : { start, end, used: 0, isWarned: false, isWhole: false };
    this.#other = current;
    this.current = next;
    return next;
  }

  /** The count of a period that began then, if it is still kept. */
  of(start: number): PeriodCount | undefined {
    return [this.current, this.#other].find((count) => count?.start === start);
  }

  /** Whether nothing is used that could still matter. */
  isIdle(now: number): boolean {
    return [this.current, this.#other].every((count) => count === undefined || count.used === 0 || count.end <= now);
  }
}
