/**
 * What a closed breaker costs over the bare call: by `enter` and `settle` around a synchronous one, and by `execute` around an
 * asynchronous one, beside cockatiel's. Rounds of all rows take turns, so that a disturbance falls on all. `BENCH_ROUNDS` is obeyed.
 */
import { loadavg } from 'node:os';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { CircuitBreakers } from '../src/index.js';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 40);
const calls = 20_000;

const breakers = new CircuitBreakers();
const breaker = breakers.named('bench');
const byShare = breakers.named('bench share', { share: 0.5, windowMs: 10_000 });
const theirs = circuitBreaker(handleAll, { breaker: new ConsecutiveBreaker(5), halfOpenAfter: 30_000 });

let total = 0;
const work = (value: number): number => {
  total += value;
  return total;
};
const later = async (value: number): Promise<number> => work(value);

const guarded = (guard: typeof breaker, value: number): void => {
  const passage = guard.enter();
  if (passage === undefined) throw guard.refusal();
  work(value);
  guard.settle(passage, 'success');
};

type Row = readonly [name: string, round: () => void | Promise<void>];

const sync = (call: (value: number) => unknown) => (): void => {
  for (let value = 0; value < calls; value += 1) call(value);
};
const async = (call: (value: number) => Promise<unknown>) => async (): Promise<void> => {
  for (let value = 0; value < calls; value += 1) await call(value);
};

const rows: readonly Row[] = [
  ['bare call', sync(work)],
  ['enter and settle, failures in a row', sync((value) => guarded(breaker, value))],
  ['enter and settle, share of failures', sync((value) => guarded(byShare, value))],
  ['bare asynchronous call', async(later)],
  ['execute', async((value) => breaker.execute(() => later(value)))],
  ["cockatiel's execute", async((value) => theirs.execute(() => later(value)))],
];

const times = new Map<string, number[]>(rows.map(([name]) => [name, []]));
for (let round = -5; round < rounds; round += 1) {
  for (const [name, run] of rows) {
    const begun = performance.now();
    await run();
    const microseconds = ((performance.now() - begun) * 1_000) / calls;
    if (round >= 0) times.get(name)?.push(microseconds);
  }
}

console.log(`${rounds} rounds of ${calls} calls, load ${loadavg()[0]?.toFixed(1)}`);
for (const [name, taken] of times) {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(4);
  console.log(`${name.padEnd(40)} p50 ${at(0.5)} µs  p10 ${at(0.1)}  p90 ${at(0.9)}`);
}
