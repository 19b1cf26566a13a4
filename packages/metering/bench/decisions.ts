/**
 * What a decision about quotas costs: in memory, and on Redis beside a bare `EVALSHA` of a script that does nothing, in turns and on
 * connections of the same kind. `REDIS_URL` says where Redis is (an empty one); without it there is memory alone. `BENCH_ROUNDS` is obeyed.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { QuotasManifest } from '@charterbus/core-models';
import { Redis } from 'ioredis';
import { createMemoryCounters, createQuotas, type QuotaRequest, type Quotas } from '../src/index.js';
import { openRedisCounters } from '../src/redis/index.js';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 41);
const agents = 1000;

const rate = { kind: 'rate', messages: 1_000_000, seconds: 1 };
const budget = { kind: 'budget', measure: 'tokens', limit: 1_000_000_000, period: 'month' };
const manifests = {
  'one rate': { rate },
  'one rate, of ten that are not about it': {
    rate,
    ...Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`other-${n}`, { ...rate, match: { tenants: ['other'], types: ['query'] } }]),
    ),
  },
  'a rate, a budget and places': { rate, budget, open: { kind: 'concurrency', messages: 1_000_000 } },
};

const requests = Array.from(
  { length: agents },
  (_, n): QuotaRequest => ({
    message: `m${n}`,
    tenant: `tenant-${n % 10}`,
    agent: `agent-${n}`,
    type: 'command',
    bytes: 100,
    tokens: 1,
    costMicros: 0,
  }),
);

const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3);
  return `p50 ${at(0.5)}  best ${at(0)}  p90 ${at(0.9)}  worst ${at(1)}`;
};

const quotasOf = (manifest: object, counters: Parameters<typeof createQuotas>[0]['counters']): Quotas =>
  createQuotas({ manifest: manifest as QuotasManifest, counters });

const turns = 100;

/** Each agent once; nothing of it may be denied. */
const takeAll = (quotas: Quotas): void => {
  for (const request of requests) {
    const decision = quotas.take(request);
    if (!('allowed' in decision) || !decision.allowed) throw new Error('Something was denied.');
  }
};

const inMemory = (): void => {
  for (const [name, manifest] of Object.entries(manifests)) {
    const quotas = quotasOf(manifest, createMemoryCounters());
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Of the processor, since a machine may have other work.
      const begun = process.cpuUsage();
      for (let turn = 0; turn < turns; turn += 1) takeAll(quotas);
      const { system, user } = process.cpuUsage(begun);
      times.push((user + system) / (turns * agents));
    }
    console.log(`memory, ${name}: ${spread(times)} µs of the processor`);
  }
};

/** Microseconds a call, with so many on their way at a time. */
const timed = async (calls: number, atOnce: number, call: (n: number) => unknown): Promise<number> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < calls) {
      next += 1;
      await call(next);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  return ((performance.now() - begun) * 1000) / calls;
};

const onRedis = async (redis: string): Promise<void> => {
  const client = new Redis(redis, { enableOfflineQueue: false, lazyConnect: true });
  await client.connect();
  const sha = String(await client.script('LOAD', 'return 1'));
  for (const [name, manifest] of Object.entries(manifests)) {
    await using counters = openRedisCounters({ redis, prefix: `bench-${process.pid}`, answerMs: 5000 });
    const quotas = quotasOf(manifest, counters);
    for (const [atOnce, calls] of [
      [1, 500],
      [16, 4000],
      [128, 8000],
    ] as const) {
      const [ratios, bares, takes]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < rounds; round += 1) {
        const alone = await timed(calls, atOnce, (n) => client.evalsha(sha, 1, `{bench}:${n % agents}`));
        const decided = await timed(calls, atOnce, (n) => quotas.take(requests[n % agents] as QuotaRequest));
        bares.push(alone);
        takes.push(decided);
        ratios.push(decided / alone);
      }
      console.log(`Redis, ${name}, ${atOnce} at once: ratio ${spread(ratios)}`);
      console.log(`  bare ${spread(bares)} µs; decision ${spread(takes)} µs`);
    }
  }
  client.disconnect();
};

console.log(`${availableParallelism()} cores, load ${loadavg().join(' ')}, Node ${process.version}`);
inMemory();
const redis = process.env['REDIS_URL'];
if (redis !== undefined) await onRedis(redis);
console.log(`load ${loadavg().join(' ')}`);
