import type { QuotaPeriod } from '@charterbus/core-models';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;
/** The epoch was a Thursday; the Monday before it began so much earlier. */
const mondayOffset = 3 * day;

const lengths = { minute, hour, day, week } as const;

/** A period of the calendar in UTC, wall-clock milliseconds; without its end. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** The period that the instant lies in. Weeks begin on Monday. */
export const periodOf = (kind: QuotaPeriod, now: number): Period => {
  if (kind === 'month') {
    const date = new Date(now);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  }
  const offset = kind === 'week' ? mondayOffset : 0;
  const length = lengths[kind];
  const start = Math.floor((now + offset) / length) * length - offset;
  return { start, end: start + length };
};

/** Length and offset for whoever reckons with them elsewhere; months, which have no one length, are 0. */
export const periodValues: Readonly<Record<QuotaPeriod, readonly [number, number]>> = {
  minute: [minute, 0],
  hour: [hour, 0],
  day: [day, 0],
  week: [week, mondayOffset],
  month: [0, 0],
};
