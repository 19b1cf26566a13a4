import type { RandomSource } from '@charterbus/core-models';
import type { ParsedBackoffPolicy } from './policy.js';

/** Evenly from 0 up to, not including, 1. */
const fractionOf = (random: RandomSource): number => {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return ((a << 24) | (b << 16) | (c << 8) | d) / 2 ** 32 + (a >= 128 ? 1 : 0);
};

const growth = {
  constant: () => 1,
  linear: (retry: number) => retry,
  exponential: (retry: number) => 2 ** (retry - 1),
} as const;

/**
 * How long to wait before a retry, in whole milliseconds (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015).
 *
 * @param retry 1 for the first one.
 * @param previousMs what this gave before the last one; counts for decorrelated jitter alone.
 */
export const backoffMs = (
  { backoff, jitter, initialMs, maxMs }: ParsedBackoffPolicy,
  retry: number,
  random: RandomSource,
  previousMs = initialMs,
): number => {
  if (jitter === 'decorrelated') {
    const span = Math.max(previousMs * 3 - initialMs, 0);
    return Math.round(Math.min(maxMs, initialMs + fractionOf(random) * span));
  }
  const wait = Math.min(maxMs, initialMs * growth[backoff](retry));
  return Math.round(jitter === 'full' ? fractionOf(random) * wait : wait);
};
