import { systemClock, systemRandom, uuidV7Source } from '@charterbus/core-models';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RedisBroker } from '../../src/redis/redis-broker.js';
import { RedisTopicRecords } from '../../src/redis/redis-topic-records.js';
import { withholdIn } from '../../src/redis/withholding.js';
import { sampleAdmission, topicRecordsConformance } from '../../src/testing/index.js';
import { brokerOn, sharedRedis } from '../support/redis.js';

const redis = sharedRedis();

const textsIn = async ({ reader }: RedisBroker): Promise<readonly string[]> => {
  const count = await reader.leafCount();
  const texts: string[] = [];
  for (let index = 0; index < count; index++) texts.push((await reader.leaf(index))?.text ?? '');
  return texts;
};

describe('on Redis', () => {
  topicRecordsConformance(
    { describe, it },
    async () => {
      const { broker, another } = await brokerOn(redis.url());
      const opened = [broker];
      let isFirst = true;
      return {
        open: async () => {
          const on = isFirst ? broker : await another();
          if (!isFirst) opened.push(on);
          isFirst = false;
          const records = new RedisTopicRecords(on.shards, (error) => {
            throw error;
          });
          await records.open();
          return records;
        },
        leaves: () => textsIn(broker),
        close: async () => void (await Promise.all(opened.map((each) => each.close()))),
      };
    },
    { survivesReopening: true },
  );
});

describe('pauses of two processes', () => {
  const never = new AbortController().signal;
  const failed = (error: unknown): never => {
    throw error;
  };
  const pauseOf = (name: string) => ({ kind: 'agent', tenant: 'acme', name, reason: 'repairs', since: 1 }) as const;

  it('hold together, though neither has heard of the other, and though what is older is told late', async () => {
    const { broker: here, another } = await brokerOn(redis.url());
    const there = await another();
    onTestFinished(async () => void (await Promise.all([here.close(), there.close()])));
    await Promise.all([here.start(), there.start()]);
    const [recordsHere, recordsThere] = [here, there].map(({ shards }) => new RedisTopicRecords(shards, failed));
    await Promise.all([recordsHere?.open(), recordsThere?.open()]);
    await recordsHere?.pause(pauseOf('worker'), '{}');
    await recordsThere?.pause(pauseOf('other'), '{}');
    const nothing = { tenants: new Set<string>(), mailboxes: new Set<string>(), topics: new Map() };
    await withholdIn(here.shards, nothing, '1');
    const ids = uuidV7Source(systemClock, systemRandom);
    const given = async (): Promise<readonly string[]> => {
      const claims = ['worker', 'other', 'third'].map((agent) =>
        here.claim({ recipient: { tenant: 'acme', agent }, max: 9, leaseMs: 9000, waitMs: 0, durable: true }, never),
      );
      return (await Promise.all(claims)).flat().map(({ entry }) => entry.recipient.agent);
    };
    await there.append(sampleAdmission({ ids, now: systemClock.now(), to: ['worker', 'other', 'third'] }));
    expect(await given()).toEqual(['third']);
    await recordsHere?.resume(pauseOf('other'), '{}');
    expect(await given()).toEqual(['other']);
    await recordsThere?.resume(pauseOf('worker'), '{}');
    expect(await given()).toEqual(['worker']);
  });
});
