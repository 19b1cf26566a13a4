import { describe, it } from 'vitest';
import type { RedisBroker } from '../../src/redis/redis-broker.js';
import { RedisTopicRecords } from '../../src/redis/redis-topic-records.js';
import { topicRecordsConformance } from '../../src/testing/index.js';
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
