import { quotasManifestSchema, systemClock } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { FaultProxy, type RedisServer } from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AgentHandle, Bus, BusOptions } from '../../src/index.js';
import { plainRules, refusal, toWorker } from '../support/fleet.js';
import { everywhere, fleetOn, needsRedis, ownRedis } from '../support/redis.js';
import { countsOfLedger, countsOfLog } from '../support/usage-counts.js';

needsRedis();

const patience = { timeout: 15_000, interval: 20 };
const changeMs = 500;
/** What a send may take beyond its deadline: on a machine that is busy, and since the registry is asked as well. */
const slackMs = 5000;

interface Scene {
  readonly bus: Bus;
  readonly planner: AgentHandle;
  readonly prefix: string;
}

const start = async (url: string, options: Partial<BusOptions> = {}): Promise<Scene> => {
  const { buses, prefix } = await fleetOn(url, 1, { ...options, redis: { changeMs } });
  const [bus] = buses as [Bus];
  const [planner] = (await everywhere(buses, 'planner')) as [AgentHandle];
  await everywhere(buses, 'worker');
  return { bus, planner, prefix };
};

const stated = { usage: { inputTokens: 10, outputTokens: 3, cost: 0.000_25 } };

const storeOf = (bus: Bus) => bus.health.current?.components.find(({ name }) => name === 'store');

const untilHealthy = (bus: Bus): Promise<void> =>
  vi.waitFor(async () => expect(await bus.health.sample()).toMatchObject({ status: 'healthy' }), patience);

const unkept = /^(STORE_UNAVAILABLE|STORE_OUTCOME_UNKNOWN|REGISTRY_STALE)$/;

/** Refused in time while it is away, said by health, healed without a start; nothing that was kept is missing from the totals. */
const livesThrough = async ({ bus, planner }: Scene, outage: { begin(): unknown; end(): unknown }): Promise<void> => {
  const receipts = [await planner.send(toWorker(stated)), await planner.send(toWorker())];
  await outage.begin();
  const startedAt = systemClock.monotonic();
  const refused = await Promise.all([1, 2, 3].map(() => refusal(planner.send(toWorker(stated)))));
  expect(systemClock.monotonic() - startedAt).toBeLessThan(changeMs + slackMs);
  for (const { code } of refused) expect(code).toMatch(unkept);
  await vi.waitFor(async () => expect(await bus.health.sample()).toMatchObject({ status: 'critical' }), patience);
  expect([storeOf(bus)?.score, bus.health.live, bus.health.ready]).toEqual([0, true, false]);
  await outage.end();
  receipts.push(await vi.waitFor(() => planner.send(toWorker(stated)), patience));
  await untilHealthy(bus);
  expect(bus.health.ready).toBe(true);
  await bus.operations.usage.settled();
  const log = await countsOfLog(bus);
  expect(log.admissions).toBeGreaterThanOrEqual(receipts.length);
  expect(await countsOfLedger(bus, systemClock.now())).toEqual(log.sums);
  expect(bus.operations.usage.progress.filter(({ failures, lost }) => failures + lost > 0)).toEqual([]);
};

const proxied = async (server: RedisServer): Promise<FaultProxy> => {
  const proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
};

const durable = { args: ['--appendonly', 'yes', '--appendfsync', 'always'] };

test('Redis that is killed, hung or out of reach: refused in time, said, healed, and all of it counted', {
  timeout: 60_000,
}, async () => {
  const [hung, killed, away] = await Promise.all([ownRedis(), ownRedis(durable), ownRedis()]);
  const proxy = await proxied(away);
  const scenes = await Promise.all([hung.url, killed.url, `redis://127.0.0.1:${proxy.port}`].map((url) => start(url)));
  const outages = [
    { begin: () => hung.pause(), end: () => hung.resume() },
    { begin: () => killed.kill(), end: () => killed.restart() },
    { begin: () => proxy.refuse(), end: () => proxy.heal() },
  ];
  expect(scenes).toHaveLength(outages.length);
  await Promise.all(scenes.map((scene, place) => livesThrough(scene, outages[place] as (typeof outages)[number])));
});

/** Redis answers, but for the keys of counters. */
const withholdCounters = async ({ url }: RedisServer, prefix: string) => {
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  const others = ['bus:*', 'registry', 'usage'].map((name) => `~{${prefix}:${name}}*`);
  return {
    begin: () => client.acl('SETUSER', 'default', 'resetkeys', ...others),
    end: () => client.acl('SETUSER', 'default', 'allkeys'),
  };
};

test('where counters alone cannot be asked messages are denied and kept as denied, and pass when they can', async () => {
  const server = await ownRedis();
  const quotas = quotasManifestSchema.parse({ few: { kind: 'budget', limit: 3, period: 'day' } });
  const constitution = rulesConstitution(plainRules, { manifest: { quotas } });
  const { bus, planner, prefix } = await start(server.url, { constitution });
  await planner.send(toWorker());
  const counters = await withholdCounters(server, prefix);
  await counters.begin();
  const denied = await refusal(planner.send(toWorker()));
  expect(denied).toMatchObject({ code: 'QUOTA_UNAVAILABLE', retryAfterMs: 1000 });
  expect((await bus.operations.trace(String(denied.details['messageId']))).status).toBe('failed');
  await counters.end();
  // What was denied has used up nothing.
  await planner.send(toWorker());
  await planner.send(toWorker());
  expect((await refusal(planner.send(toWorker()))).code).toBe('QUOTA_EXCEEDED');
});
