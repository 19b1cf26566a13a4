import { describe, expect, test } from 'vitest';
import { concurrent, synchronous } from '../../src/measure/batch.js';
import { Latencies } from '../../src/measure/latencies.js';

describe('a batch', () => {
  test('does each operation once, with indexes that go on, timed or not', async () => {
    const seen: number[] = [];
    const batch = synchronous((index) => seen.push(index));
    await batch(3);
    await batch(2, new Latencies(2));
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test('of concurrent senders has so many operations at a time, and no more than it is asked for', async () => {
    const seen: number[] = [];
    let now = 0;
    let most = 0;
    const batch = concurrent(4, async (index) => {
      seen.push(index);
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
    });
    await batch(10);
    expect([seen.length, most]).toEqual([10, 4]);
    await batch(2, new Latencies(2));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });

  test('fails with its operation', async () => {
    await expect(concurrent(2, () => Promise.reject(new Error('denied')))(3)).rejects.toThrow('denied');
  });
});
