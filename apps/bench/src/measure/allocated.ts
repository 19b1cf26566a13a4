import { GCProfiler, getHeapStatistics } from 'node:v8';

interface Collection {
  readonly before: number;
  readonly after: number;
}

/** What was allocated is what came between the collections: heap only grows from the end of one to the begin of the next. */
export const allocatedBetween = (start: number, collections: readonly Collection[], end: number): number => {
  let bytes = 0;
  let last = start;
  for (const { before, after } of collections) {
    bytes += Math.max(0, before - last);
    last = after;
  }
  return bytes + Math.max(0, end - last);
};

/** Runs the work and says how many bytes of V8's heap it allocated, by the statistics around each collection. */
export const allocatedBy = async (work: () => Promise<void>): Promise<number> => {
  const profiler = new GCProfiler();
  profiler.start();
  const start = getHeapStatistics().used_heap_size;
  await work();
  const end = getHeapStatistics().used_heap_size;
  const collections = profiler.stop().statistics.map(({ beforeGC, afterGC }) => ({
    before: beforeGC.heapStatistics.usedHeapSize,
    after: afterGC.heapStatistics.usedHeapSize,
  }));
  return allocatedBetween(start, collections, end);
};
