import type { Interval } from './median-interval.js';

export type Target = { readonly atLeast: number } | { readonly atMost: number };

export type Conclusion = 'pass' | 'fail' | 'inconclusive';

/** Where the ends of the interval are further apart than this factor, the machine was busy with something else. */
const calmSpread = 1.5;

/** How far the target is from the interval, as a factor; at most one where it lies inside. */
const distance = ({ low, high }: Interval, bound: number): number => Math.max(low / bound, bound / high);

/**
 * Concludes only where the whole interval lies on one side of the target. Where the rounds differ widely, only where the
 * target is further off than they are apart: then the noise is not what decides.
 */
export const conclude = (interval: Interval, target: Target): Conclusion => {
  const { low, high, trusted } = interval;
  const bound = 'atLeast' in target ? target.atLeast : target.atMost;
  const met = (value: number): boolean => ('atLeast' in target ? value >= bound : value <= bound);
  // An interval from nothing, or of what is no number, is as wide as can be.
  const spread = low > 0 ? high / low : Number.POSITIVE_INFINITY;
  const calm = spread <= calmSpread || spread < distance(interval, bound);
  if (!trusted || !calm || met(low) !== met(high)) return 'inconclusive';
  return met(low) ? 'pass' : 'fail';
};
