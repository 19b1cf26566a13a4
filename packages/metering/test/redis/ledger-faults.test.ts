import { expect, test } from 'vitest';
import type { UsageEntry } from '../../src/index.js';
import { openRedisLedger } from '../../src/redis/index.js';
import { recordOf } from '../support/records.js';
import { needsRedis, ownRedis } from '../support/redis.js';

needsRedis();

const entry: UsageEntry = { source: 'log', from: 0, to: 1, records: [{ ...recordOf(), index: 0 }] };
const whole = { bucket: 'day', from: 0, to: Date.UTC(2027, 0, 1) } as const;

const asked = async <Result>(answer: Result | Promise<Result>): Promise<Result> => answer;

test('a Redis that does not answer leaves open whether it has counted, and its cursor says so later', async () => {
  const server = await ownRedis();
  await using ledger = openRedisLedger({ redis: server.url, answerMs: 300 });
  expect(await ledger.cursor('log')).toBe(0);
  server.pause();
  await expect(asked(ledger.record(entry))).rejects.toMatchObject({ code: 'STORE_OUTCOME_UNKNOWN' });
  server.resume();
  await expect.poll(() => asked(ledger.cursor('log')).catch(() => undefined)).toBeTypeOf('number');
  const cursor = await ledger.cursor('log');
  expect(await ledger.record(entry)).toBe(cursor === 0);
  expect((await ledger.totals({ ...whole, operation: 'agent_message' }))[0]?.quantity).toBe(1);
});

test('a Redis that is away or full has counted nothing', async () => {
  const server = await ownRedis();
  await using ledger = openRedisLedger({ redis: server.url });
  await server.configure('maxmemory', '1');
  await expect(asked(ledger.record(entry))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await server.configure('maxmemory', '0');
  expect(await ledger.totals(whole)).toEqual([]);
  expect(await ledger.record(entry)).toBe(true);
  await server.kill();
  await expect(asked(ledger.cursor('log'))).rejects.toThrow('Redis did not take or tell the usage.');
  await expect(asked(ledger.cursor('log'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await ledger.close();
  await expect(asked(ledger.cursor('log'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('several processes count each record once', async () => {
  const server = await ownRedis();
  await using one = openRedisLedger({ redis: server.url });
  await using other = openRedisLedger({ redis: server.url });
  const counted = await Promise.all([one, other, one, other].map(async (ledger) => ledger.record(entry)));
  expect(counted.filter(Boolean).length).toBe(1);
});

test('many tenants are read and forgotten in pages', async () => {
  const server = await ownRedis();
  await using ledger = openRedisLedger({ redis: server.url });
  const records = Array.from({ length: 500 }, (_, index) => ({ ...recordOf({ tenant: `t${index}` }), index }));
  await ledger.record({ source: 'log', from: 0, to: 500, records });
  const query = { ...whole, operation: 'agent_message' } as const;
  expect((await ledger.totals(query)).length).toBe(500);
  expect(await ledger.totals({ ...query, groupBy: [] })).toMatchObject([{ quantity: 500 }]);
  expect((await ledger.totals({ ...query, tenant: 't7' })).length).toBe(1);
  expect(await ledger.prune(Date.UTC(2036, 0, 1))).toBe(1500);
  expect(await ledger.totals(query)).toEqual([]);
});
