import { seededRandom } from '@charterbus/core-models';
import { describe, expect, test } from 'vitest';
import { medianInterval } from '../../src/statistics/median-interval.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the interval of a median', () => {
  test('is the order statistics of the binomial table', () => {
    expect(medianInterval(upTo(5))).toEqual({ median: 3, low: 1, high: 5, trusted: true });
    expect(medianInterval(upTo(8))).toMatchObject({ low: 2, high: 7 });
    expect(medianInterval(upTo(15))).toMatchObject({ low: 4, high: 12 });
  });

  test('of fewer than five values is not trusted', () => {
    expect(medianInterval(upTo(4))).toEqual({ median: 2.5, low: 1, high: 4, trusted: false });
    expect(medianInterval([])).toMatchObject({ trusted: false });
  });

  test('does not depend on the order of the rounds', () => {
    expect(medianInterval([5, 3, 1, 4, 2])).toEqual(medianInterval(upTo(5)));
  });

  test('holds the true median in at least nine of ten runs, also of a skewed distribution', () => {
    const random = seededRandom(8);
    const uniform = (): number => ((random.bytes(1)[0] ?? 0) * 256 + (random.bytes(1)[0] ?? 0)) / 65_536;
    const runs = upTo(1000).map(() => medianInterval(upTo(9).map(() => -Math.log(1 - uniform()))));
    const held = runs.filter(({ low, high }) => low <= Math.LN2 && Math.LN2 <= high);
    expect(held.length).toBeGreaterThanOrEqual(900);
  });
});
