/**
 * How soon the kill switch is in force at another server on the same Redis: from the call of `halt` at one bus until the other refuses
 * what is sent, and until a handler there has been told to drop what it has in hand; and until `halt` has resolved. `BENCH_URL` (a
 * Redis that may be filled), `BENCH_ROUNDS` (50), `BENCH_QUEUED` (1,000) and `BENCH_IN_HAND` (200) are obeyed.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type AgentHandle, createBus } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';

const url = process.env['BENCH_URL'] ?? 'redis://127.0.0.1:6379';
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 50);
const queued = Number(process.env['BENCH_QUEUED'] ?? 1000);
const inHand = Number(process.env['BENCH_IN_HAND'] ?? 200);
const prefix = `bench-halts-${process.pid}`;

const open = () => createBus({ backend: redisBackend({ redis: url, prefix }), delivery: { mailboxLimit: 1e6 } });

const here = await open();
const there = await open();
const planner = await here.register({ tenant: 'acme', id: 'planner', role: 'executive' });
const worker = await here.register({ tenant: 'acme', id: 'worker' });

/** Once the other server has heard of the registration. */
const connected = async (token: string, tries = 1000): Promise<AgentHandle> => {
  await wait(1);
  try {
    return there.connect(token);
  } catch (error) {
    if (tries === 0) throw error;
    return connected(token, tries - 1);
  }
};

const sender = await connected(planner.token);
const handler = await connected(worker.token);
let told = Promise.withResolvers<number>();
let left = inHand;
handler.handle(
  (_message, { signal }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => {
      left -= 1;
      if (left === 0) told.resolve(performance.now());
      resolve();
    });
    return promise;
  },
  { credit: inHand },
);

const draft = { to: { agent: 'worker' }, type: 'event', content: 'x'.repeat(256) } as const;
const untilRefused = async (): Promise<number> => {
  for (;;) {
    const [sent] = await Promise.allSettled([sender.send(draft)]);
    if (sent.status === 'rejected') return performance.now();
  }
};

const target = { tenant: 'acme', agent: 'planner' } as const;
const times: Record<'refused' | 'told' | 'resolved', number[]> = { refused: [], told: [], resolved: [] };
for (let count = 0; count < queued + inHand; count++) await sender.send(draft);
while (there.counts.leased < inHand) await wait(5);
for (let round = 0; round < rounds; round++) {
  told = Promise.withResolvers<number>();
  left = inHand;
  const refused = untilRefused();
  const from = performance.now();
  await here.operations.killSwitch.halt(target, 'bench');
  times.resolved.push(performance.now() - from);
  times.refused.push((await refused) - from);
  times.told.push((await told.promise) - from);
  await here.operations.killSwitch.lift(target, 'bench');
  while (there.counts.leased < inHand) await wait(5);
}
for (const [what, values] of Object.entries(times)) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1);
  console.log(`${what.padEnd(9)} p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, most ${at(1)} ms`);
}
await Promise.all([here.drain(0), there.drain(0)]);
