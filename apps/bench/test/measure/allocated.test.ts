import { expect, test } from 'vitest';
import { allocatedBetween, allocatedBy } from '../../src/measure/allocated.js';

test('allocated is what came between the collections', () => {
  expect(allocatedBetween(100, [], 150)).toBe(50);
  const collections = [
    { before: 300, after: 120 },
    { before: 420, after: 110 },
  ];
  expect(allocatedBetween(100, collections, 160)).toBe(200 + 300 + 50);
});

test('memory that was given back outside of a collection is no negative allocation', () => {
  expect(allocatedBetween(100, [{ before: 90, after: 80 }], 70)).toBe(0);
});

test('the heap tells what was allocated', async () => {
  const kept: number[][] = [];
  const bytes = await allocatedBy(async () => {
    for (let index = 0; index < 1000; index++) kept.push(Array.from({ length: 1000 }, () => 0.5 + index));
  });
  expect(kept).toHaveLength(1000);
  expect(bytes).toBeGreaterThan(1000 * 1000 * 8);
});
