import { describe, expect, test } from 'vitest';
import { conclude } from '../../src/statistics/conclude.js';

const interval = (low: number, high: number, trusted = true) => ({ median: (low + high) / 2, low, high, trusted });

describe('a conclusion', () => {
  test('is drawn where the whole interval lies on one side of the target', () => {
    expect(conclude(interval(1, 1.2), { atLeast: 0.9 })).toBe('pass');
    expect(conclude(interval(1, 1.2), { atLeast: 1.3 })).toBe('fail');
    expect(conclude(interval(1, 1.2), { atMost: 1.3 })).toBe('pass');
    expect(conclude(interval(1, 1.2), { atMost: 0.9 })).toBe('fail');
    expect(conclude(interval(1, 1), { atMost: 1 })).toBe('pass');
  });

  test('is refused where the target lies inside of the interval', () => {
    expect(conclude(interval(1, 1.2), { atLeast: 1.1 })).toBe('inconclusive');
    expect(conclude(interval(1, 1.2), { atMost: 1.1 })).toBe('inconclusive');
  });

  test('is refused where the rounds differ by more than the target is away', () => {
    expect(conclude(interval(1, 4), { atLeast: 0.9 })).toBe('inconclusive');
    expect(conclude(interval(1, 4), { atMost: 5 })).toBe('inconclusive');
    expect(conclude(interval(0, 4), { atMost: 5 })).toBe('inconclusive');
    expect(conclude(interval(Number.NaN, Number.NaN), { atMost: 5 })).toBe('inconclusive');
  });

  test('is drawn from a wide interval where the target is further off than the rounds are apart', () => {
    expect(conclude(interval(1, 4), { atLeast: 0.2 })).toBe('pass');
    expect(conclude(interval(1, 4), { atLeast: 20 })).toBe('fail');
  });

  test('is refused of too few rounds', () => {
    expect(conclude(interval(1, 1.2, false), { atLeast: 0.1 })).toBe('inconclusive');
  });
});
