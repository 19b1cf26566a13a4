import { expect, test } from 'vitest';
import { median, percentile } from '../../src/statistics/quantiles.js';

test('a percentile is the value at its nearest rank', () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0, 0.5, 0.9, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([1, 50, 90, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test('a median is the middle value, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});
