import { systemClock } from '@charterbus/core-models';
import { FaultProxy, type RedisServer, startRedis } from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { refusal, toWorker } from '../support/fleet.js';
import { everywhere, fleetOn, needsRedis, ownRedis } from '../support/redis.js';

needsRedis();

const patience = { timeout: 15_000, interval: 10 };
const durable = { args: ['--appendonly', 'yes', '--appendfsync', 'always'] };

const proxied = async (server: RedisServer): Promise<FaultProxy> => {
  const proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
};

/** A client as an operator has it. */
const operator = async (server: RedisServer): Promise<Redis> => {
  const client = new Redis(server.url, { retryStrategy: () => null });
  onTestFinished(() => client.disconnect());
  return client;
};

/** One bus behind the proxy, with a planner and a worker that has no handler yet. */
const behind = async (url: string, options: Parameters<typeof fleetOn>[2] = {}) => {
  const { redis, ...more } = options;
  const { buses, failures, prefix } = await fleetOn(url, 1, { ...more, redis: { changeMs: 1000, ...redis } });
  const [bus] = buses as [Bus];
  const [planner] = (await everywhere(buses, 'planner')) as [AgentHandle];
  const [worker] = (await everywhere(buses, 'worker')) as [AgentHandle];
  return { bus, planner, worker, failures, prefix };
};

const urlOf = ({ port }: FaultProxy): string => `redis://127.0.0.1:${port}`;

/** What the worker's handler was given, in order. */
const given = (worker: AgentHandle): string[] => {
  const ids: string[] = [];
  worker.handle(({ id }) => void ids.push(id));
  return ids;
};

test('a reply that is cut leaves the outcome unknown; its dedupe key makes it known, and it is kept once', async () => {
  const server = await ownRedis();
  const proxy = await proxied(server);
  const { bus, planner, worker } = await behind(urlOf(proxy));
  const draft = toWorker({ dedupeKey: 'once' });
  proxy.set('replies', { kind: 'swallow' });
  const error = await refusal(planner.send(draft));
  expect(['STORE_OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE']).toContain(error.code);
  proxy.heal();
  proxy.cutAll();
  const receipt = await vi.waitFor(() => planner.send(draft), patience);
  const again = await planner.send(draft);
  expect(again.messageId).toBe(receipt.messageId);
  const ids = given(worker);
  await vi.waitFor(() => expect(ids).toEqual([receipt.messageId]), patience);
  expect((await bus.operations.messages()).items).toHaveLength(1);
});

test('a send that is cut in the middle of its reply was kept, and is said to be unknown, never sent again by itself', async () => {
  const server = await ownRedis();
  const proxy = await proxied(server);
  const { bus, planner } = await behind(urlOf(proxy));
  await planner.send(toWorker());
  proxy.set('replies', { kind: 'cut', afterBytes: 1 });
  expect((await refusal(planner.send(toWorker()))).code).toBe('STORE_OUTCOME_UNKNOWN');
  proxy.heal();
  await vi.waitFor(async () => expect((await bus.operations.messages()).items).toHaveLength(2), patience);
});

test('while Redis cannot be reached sends wait, then are refused with nothing kept; afterwards all goes on', async () => {
  const server = await ownRedis();
  const proxy = await proxied(server);
  const { bus, planner, worker } = await behind(urlOf(proxy));
  await planner.send(toWorker());
  proxy.refuse();
  const startedAt = systemClock.monotonic();
  const errors = await Promise.all([1, 2, 3].map(() => refusal(planner.send(toWorker()))));
  expect(errors.every(({ code }) => /^(STORE_|REGISTRY_STALE)/.test(code))).toBe(true);
  expect(systemClock.monotonic() - startedAt).toBeLessThan(10_000);
  proxy.heal();
  const ids = given(worker);
  const receipt = await vi.waitFor(() => planner.send(toWorker()), patience);
  await vi.waitFor(() => expect(ids).toContain(receipt.messageId), patience);
  await vi.waitFor(async () => {
    const { items } = await bus.operations.messages();
    expect(items.every(({ status }) => status === 'delivered')).toBe(true);
  }, patience);
});

test('a handler goes on after each cut of its connections, and nothing that was acknowledged is given again', async () => {
  const server = await ownRedis();
  const proxy = await proxied(server);
  const { planner, worker } = await behind(urlOf(proxy));
  const acknowledged = new Set<string>();
  const twice: string[] = [];
  worker.handle(async ({ id }, delivery) => {
    if (acknowledged.has(id)) twice.push(id);
    await delivery.ack();
    acknowledged.add(id);
  });
  const accepted: string[] = [];
  for (let round = 0; round < 6; round++) {
    const sends = Array.from({ length: 30 }, async () => {
      const [outcome] = await Promise.allSettled([planner.send(toWorker())]);
      if (outcome.status === 'fulfilled') accepted.push(outcome.value.messageId);
    });
    proxy.cutAll();
    await Promise.all(sends);
  }
  await vi.waitFor(() => expect(accepted.filter((id) => !acknowledged.has(id))).toEqual([]), patience);
  expect(twice).toEqual([]);
});

test('a lease whose answer was lost is given again at once, not after its time', async () => {
  const server = await ownRedis();
  const proxy = await proxied(server);
  const { bus, planner, worker } = await behind(urlOf(proxy));
  const sent = await planner.send(toWorker());
  const other = await fleetOn(server.url, 0);
  expect(other.buses).toEqual([]);
  proxy.set('replies', { kind: 'swallow' });
  const ids = given(worker);
  await vi.waitFor(async () => {
    const client = await operator(server);
    const keys = await client.keys('*:pl:*');
    client.disconnect();
    expect(keys).toHaveLength(1);
  }, patience);
  proxy.heal();
  proxy.cutAll();
  await vi.waitFor(() => expect(ids).toEqual([sent.messageId]), { timeout: 10_000, interval: 10 });
  expect((await bus.operations.trace(sent.messageId)).deliveries[0]?.attempts).toBe(1);
});

test('scripts that Redis forgets are sent again', async () => {
  const server = await ownRedis();
  const { planner, worker } = await behind(server.url);
  const ids = given(worker);
  const client = await operator(server);
  const sent: string[] = [];
  for (let round = 0; round < 20; round++) {
    await client.script('FLUSH');
    sent.push((await planner.send(toWorker())).messageId);
  }
  await vi.waitFor(() => expect(ids.toSorted()).toEqual(sent.toSorted()), patience);
});

test('where memory is full nothing is accepted, and what was accepted is delivered and acknowledged', async () => {
  const server = await ownRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  const { bus, planner, worker } = await behind(server.url);
  const sent = await Promise.all(Array.from({ length: 50 }, () => planner.send(toWorker())));
  await server.configure('maxmemory', '1mb');
  const error = await refusal(planner.send(toWorker()));
  expect([error.code, error.message]).toEqual(['STORE_UNAVAILABLE', "Redis' memory is full."]);
  const ids = given(worker);
  await vi.waitFor(() => expect(ids).toHaveLength(sent.length), patience);
  await vi.waitFor(async () => expect(bus.counts).toEqual({ queued: 0, leased: 0, held: 0 }), patience);
  await server.configure('maxmemory', '0');
  await planner.send(toWorker());
});

test('a Redis that may throw away what waits is refused', async () => {
  const server = await ownRedis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
  expect((await refusal(fleetOn(server.url, 1))).code).toBe('CONFIGURATION_INVALID');
});

test('a deposed primary refuses, and all goes on where it is one again', async () => {
  const server = await ownRedis();
  const other = await ownRedis();
  const { planner, worker } = await behind(server.url);
  const ids = given(worker);
  await planner.send(toWorker());
  await vi.waitFor(() => expect(ids).toHaveLength(1), patience);
  await other.configure('replica-read-only', 'yes');
  const client = await operator(server);
  const follower = await operator(other);
  await follower.replicaof('127.0.0.1', server.port);
  await vi.waitFor(async () => expect(await follower.info('replication')).toContain('master_link_status:up'), patience);
  await client.config('SET', 'replica-serve-stale-data', 'yes');
  await follower.replicaof('NO', 'ONE');
  await client.replicaof('127.0.0.1', other.port);
  const refused = await refusal(planner.send(toWorker()));
  expect(refused.code).toMatch(/^(STORE_UNAVAILABLE|REGISTRY_STALE)$/);
  await client.replicaof('NO', 'ONE');
  const receipt = await vi.waitFor(() => planner.send(toWorker()), patience);
  await vi.waitFor(() => expect(ids).toContain(receipt.messageId), patience);
});

test('what had a receipt is there after Redis was killed, where it syncs its log', async () => {
  const server = await ownRedis(durable);
  const { bus, planner, worker } = await behind(server.url);
  const first = await planner.send(toWorker());
  expect(first.durability).toBe('fsync');
  const accepted: string[] = [first.messageId];
  let stop = false;
  const sending = Array.from({ length: 8 }, async () => {
    while (!stop) {
      const [outcome] = await Promise.allSettled([planner.send(toWorker())]);
      if (outcome.status === 'fulfilled') accepted.push(outcome.value.messageId);
    }
  });
  await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(200), patience);
  await server.kill();
  await server.restart();
  stop = true;
  await Promise.all(sending);
  const ids = given(worker);
  await vi.waitFor(() => expect(accepted.filter((id) => !ids.includes(id))).toEqual([]), patience);
  const leaves = await bus.operations.leafCount();
  expect((await bus.operations.leaf(leaves - 1))?.index).toBe(leaves - 1);
});

test('a receipt says that replicas have the message, and a sender that demands so is told where they have not', async () => {
  const server = await ownRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
  onTestFinished(() => replica[Symbol.asyncDispose]());
  const client = await operator(server);
  await vi.waitFor(async () => expect(await client.info('replication')).toContain('state=online'), patience);
  const { planner, worker } = await behind(server.url, { redis: { replicas: { atLeast: 1, withinMs: 500 } } });
  expect((await planner.send(toWorker(), { durability: 'replicated' })).durability).toBe('replicated');
  replica.pause();
  expect((await planner.send(toWorker())).durability).toBe('process');
  const error = await refusal(planner.send(toWorker(), { durability: 'replicated' }));
  replica.resume();
  expect(error.code).toBe('DURABILITY_NOT_REACHED');
  const { receipt } = error.details as {
    readonly receipt: { readonly messageId: string; readonly durability: string };
  };
  expect(receipt.durability).toBe('process');
  const ids = given(worker);
  await vi.waitFor(() => expect(ids).toContain(receipt.messageId), patience);
  expect(ids).toHaveLength(3);
});
