import { z } from 'zod';
import type { Counts, OpenRow } from '../suite.js';
import { allocatedBy } from './allocated.js';
import { Latencies } from './latencies.js';

export const sampleSchema = z.strictObject({
  opsPerSecond: z.number().positive(),
  p50Us: z.number().nonnegative(),
  p90Us: z.number().nonnegative(),
  p99Us: z.number().nonnegative(),
  counts: z.record(z.string(), z.number()),
});

/** What one round says of one row. Counts are for each operation. */
export type Sample = z.infer<typeof sampleSchema>;

/** Timing each operation costs time, so speed is measured apart, and latencies on as many as suffice for a 99th percentile. */
const timedShare = 4;
const mostTimed = 100_000;

const perOperation = (before: Counts, after: Counts, operations: number): Counts =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / operations]));

/** Takes a sample of so many operations, or of as many as the row needs. */
export const takeSample = async (row: OpenRow, wanted: number): Promise<Sample> => {
  const { batch, counts, leastOperations = 1 } = row;
  const operations = Math.max(wanted, leastOperations);
  const before = counts?.() ?? {};
  let seconds = 0;
  const heapBytes = await allocatedBy(async () => {
    const began = performance.now();
    await batch(operations);
    seconds = (performance.now() - began) / 1000;
  });
  const counted = perOperation(before, counts?.() ?? {}, operations);
  const timed = Math.max(leastOperations, Math.min(mostTimed, Math.ceil(operations / timedShare)));
  const latencies = new Latencies(timed);
  await batch(timed, latencies);
  return {
    opsPerSecond: operations / seconds,
    ...latencies.percentiles(),
    counts: { ...counted, heapBytes: heapBytes / operations },
  };
};
