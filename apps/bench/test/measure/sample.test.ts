import { expect, test } from 'vitest';
import { sampleSchema, takeSample } from '../../src/measure/sample.js';
import type { OpenRow } from '../../src/suite.js';

const counting = (leastOperations?: number) => {
  const batches: number[] = [];
  let commits = 5;
  const row: OpenRow = {
    batch: async (operations, latencies) => {
      batches.push(operations);
      commits += operations * 2;
      for (let index = 0; index < operations; index++) latencies?.record(1);
    },
    counts: () => ({ commits }),
    close: async () => undefined,
    ...(leastOperations === undefined ? {} : { leastOperations }),
  };
  return { row, batches };
};

test('a sample counts for each operation, and times a quarter of them apart', async () => {
  const { row, batches } = counting();
  const sample = await takeSample(row, 100);
  expect(batches).toEqual([100, 25]);
  expect(sample).toMatchObject({ p50Us: 1000, p99Us: 1000, counts: { commits: 2 } });
  expect(sampleSchema.parse(sample)).toEqual(sample);
});

test('a row that needs more operations gets them', async () => {
  const { row, batches } = counting(64);
  await takeSample(row, 10);
  expect(batches).toEqual([64, 64]);
});

test('a row that counts nothing has its heap counted', async () => {
  const { counts } = await takeSample({ batch: counting().row.batch, close: async () => undefined }, 10);
  expect(Object.keys(counts)).toEqual(['heapBytes']);
});
