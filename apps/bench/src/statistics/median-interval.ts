import { ascending, median } from './quantiles.js';

export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Whether so few values can say as much as is asked. */
  readonly trusted: boolean;
}

/** The risk that the true median lies outside of the interval. */
const risk = 0.1;

/** How many values from either end the interval leaves out; -1 where even all of them do not suffice. */
const leftOut = (count: number): number => {
  // Of `count` tosses of a coin, the chance of at most `k` heads, added up term by term.
  let term = 0.5 ** count;
  let sum = term;
  let k = -1;
  while (2 * sum <= risk) {
    k += 1;
    term = (term * (count - k)) / (k + 1);
    sum += term;
  }
  return k;
};

/**
 * The median with an interval that holds the true one with at least 90 %, whatever the distribution: two order statistics,
 * by the binomial (Conover, Practical Nonparametric Statistics, 3.2). Nothing in it is random, so a run can be recomputed.
 */
export const medianInterval = (values: readonly number[]): Interval => {
  const sorted = ascending(values);
  const out = leftOut(sorted.length);
  const from = Math.max(0, out);
  return {
    median: median(sorted),
    low: sorted[from] ?? Number.NaN,
    high: sorted[sorted.length - 1 - from] ?? Number.NaN,
    trusted: out >= 0,
  };
};
