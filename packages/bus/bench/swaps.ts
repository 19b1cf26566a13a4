/**
 * What it takes to swap constitutions under load: four of twenty policies each, staged and put in force in turn, while
 * messages are sent, judged, delivered and acknowledged in memory. Run it with `node --expose-gc`. `BENCH_SWAPS` (5,000),
 * `BENCH_EVERY_MS` (100; 0: as fast as it goes) and `BENCH_LOAD_ANEW` (1: each is loaded before it comes into force) are
 * obeyed.
 */
import { swapUnderLoad } from './swap-run.js';

const swaps = Number(process.env['BENCH_SWAPS'] ?? 5000);
const everyMs = Number(process.env['BENCH_EVERY_MS'] ?? 100);

interface Sample {
  readonly swap: number;
  readonly heap: number;
  readonly rss: number;
  readonly outside: number;
}

const mebibyte = 2 ** 20;
const samples: Sample[] = [];

const sample = (swap: number): void => {
  globalThis.gc?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  samples.push({ swap, heap: heapUsed / mebibyte, rss: rss / mebibyte, outside: external / mebibyte });
};

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;

const line = (of: keyof Sample): string => {
  const quarter = samples.length / 4;
  const parts = [0, 1, 2, 3].map((part) =>
    median(samples.slice(part * quarter, (part + 1) * quarter).map((one) => one[of])).toFixed(1),
  );
  return `${of.padEnd(8)} ${parts.join(' | ')} MiB, medians of the quarters`;
};

const latencies: number[] = [];
const waitFor = (milliseconds: number) => (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, milliseconds);
  return promise;
};

let last = performance.now();
const began = last;
const run = await swapUnderLoad({
  swaps,
  lanes: 16,
  loadAnew: process.env['BENCH_LOAD_ANEW'] === '1',
  pause: () => waitFor(Math.max(0, last + everyMs - performance.now()))(),
  rest: waitFor(5),
  onSwap: (swap) => {
    const now = performance.now();
    latencies.push(now - last);
    last = now;
    if (swap % Math.max(1, Math.floor(swaps / 100)) === 0) sample(swap);
  },
});
const seconds = (performance.now() - began) / 1000;
console.log(`${run.swaps} swaps, ${run.sent} messages sent, ${run.delivered} delivered in ${seconds.toFixed(0)} s`);
console.log(`from one activation to the next: p50 ${median(latencies).toFixed(1)} ms`);
for (const of of ['heap', 'rss', 'outside'] as const) console.log(line(of));
console.log(
  run.faults.size === 0 ? 'no fault' : [...run.faults].map(([kind, count]) => `${count} × ${kind}`).join('\n'),
);
process.exitCode = run.faults.size === 0 ? 0 : 1;
