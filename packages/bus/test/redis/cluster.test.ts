import type { RedisServer } from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { claimAll, toWorker } from '../support/fleet.js';
import { everywhere, fleetOn, needsRedis, ownRedis, sharedRedis } from '../support/redis.js';

needsRedis();
const redis = sharedRedis();

const patience = { timeout: 30_000, interval: 50 };

/** CRC16 (XMODEM) over what stands in the first braces, as the specification of Redis Cluster has it. */
const slotOf = (key: string): number => {
  const [, tag = key] = /\{(.+?)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % 16_384;
};

const tenants = ['acme', 'rival', 'north', 'south', 'east', 'west'];

/** Two agents of each of many tenants, on two buses that share the shards; sends within each tenant. */
const busyOn = async (url: string, shards: number) => {
  const { buses, prefix, failures } = await fleetOn(url, 2, { redis: { shards } });
  const sent: string[] = [];
  const claimed: string[] = [];
  for (const tenant of tenants) {
    const [, planner] = await everywhere(buses, 'planner', tenant);
    const [worker] = await everywhere(buses, 'worker', tenant);
    if (planner === undefined || worker === undefined) throw new Error('Somebody is missing.');
    const draft = toWorker({ orderingKey: 'key', dedupeKey: 'once' });
    sent.push((await planner.send(draft)).messageId, (await planner.send(toWorker())).messageId);
    expect((await planner.send(draft)).duplicate).toBe(true);
    for (const { id, fencingToken, message } of await claimAll(worker)) {
      claimed.push(message.id);
      await worker.ack({ deliveryId: id, fencingToken });
    }
  }
  const [bus] = buses;
  const { items } = (await bus?.operations.messages()) ?? { items: [] };
  expect(items.map(({ id }) => id).toSorted()).toEqual(sent.toSorted());
  expect(claimed.toSorted()).toEqual(sent.toSorted());
  expect(failures).toEqual([]);
  return prefix;
};

test('all keys of a shard lie in one slot, and tenants are spread over the shards', async () => {
  const prefix = await busyOn(redis.url(), 4);
  const client = new Redis(redis.url());
  onTestFinished(() => client.disconnect());
  const keys = (await client.keys(`*${prefix}*`)).filter((key) => !/:(?:registry|usage|quotas)\}/.test(key));
  const byShard = Map.groupBy(keys, (key) => /^\{(.+?)\}/.exec(key)?.[1] ?? key);
  expect(byShard.size).toBe(4);
  for (const [tag, own] of byShard) {
    expect(tag).toMatch(/:bus:\d+$/);
    expect(new Set(own.map(slotOf)).size).toBe(1);
  }
  const withMessages = [...byShard.values()].filter((own) => own.some((key) => key.endsWith(':ids')));
  expect(withMessages.length).toBeGreaterThan(1);
});

const clusterOf = async (count: number): Promise<readonly RedisServer[]> => {
  const servers: RedisServer[] = [];
  for (let one = 0; one < count; one++) servers.push(await ownRedis({ args: ['--cluster-enabled', 'yes'] }));
  const clients = servers.map(({ url }) => new Redis(url));
  const [first] = servers;
  for (const [place, client] of clients.entries()) {
    const from = Math.floor((16_384 / count) * place);
    const to = Math.floor((16_384 / count) * (place + 1)) - 1;
    await client.cluster('ADDSLOTSRANGE', from, to);
    if (place > 0 && first !== undefined) await client.cluster('MEET', '127.0.0.1', first.port);
  }
  for (const client of clients) {
    await vi.waitFor(async () => {
      const state = await client.cluster('INFO');
      expect(state).toContain('cluster_state:ok');
      expect(state).toContain(`cluster_known_nodes:${count}`);
    }, patience);
    client.disconnect();
  }
  return servers;
};

test('a cluster of three has the shards where their slots are', { timeout: 60_000 }, async () => {
  const [first] = await clusterOf(3);
  expect(await busyOn(first?.url ?? '', 8)).toMatch(/^test-/);
});
