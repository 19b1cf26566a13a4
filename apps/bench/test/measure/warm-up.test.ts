import { expect, test, vi } from 'vitest';
import { warmUp } from '../../src/measure/warm-up.js';

/** A row whose operations take so long, by a clock that only they move. */
const slowRow = (millisecondsOf: (batch: number) => number) => {
  let now = 0;
  const batches: number[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const batch = async (operations: number): Promise<void> => {
    now += operations * millisecondsOf(batches.length);
    batches.push(operations);
  };
  return { row: { batch, close: async () => undefined }, batches };
};

test('batches grow until they tell something, and end when they become no faster', async () => {
  const { row, batches } = slowRow(() => 1);
  expect(await warmUp(row, { least: 16, most: 1000 })).toBe(1000);
  expect(batches).toEqual([1, 2, 4, 4, 4, 4]);
});

test('a row that becomes faster and faster is warmed up for the most time', async () => {
  const { row, batches } = slowRow((batch) => 0.9 ** batch);
  await warmUp(row, { least: 4, most: 8 });
  expect(batches.length).toBeGreaterThan(5);
});

test('one operation may take longer than the warm-up', async () => {
  const { row, batches } = slowRow(() => 5000);
  expect(await warmUp(row, { least: 200, most: 2000 })).toBe(0.2);
  expect(batches).toEqual([1]);
});
