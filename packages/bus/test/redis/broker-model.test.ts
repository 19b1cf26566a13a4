import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokerBench } from '../../src/testing/bench.js';
import { brokerCommands } from '../broker/broker-commands.js';
import { agingMs, BrokerModel, maxAttempts } from '../broker/broker-model.js';
import { sharedRedis, suiteFactory } from '../support/redis.js';

const redis = sharedRedis();

const holds = (shards: number, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(brokerCommands(true), async (commands) => {
      const bench = new BrokerBench(await suiteFactory(redis.url, { shards })(), { agingMs, maxAttempts });
      await bench.start();
      const setup = () => ({ model: new BrokerModel(bench.clock.now()), real: { bench } });
      await fc.asyncModelRun(setup, commands);
      await bench.close();
    }),
    { numRuns, seed: 20_261_201 },
  );

describe('a broker on Redis does what a list and a clock would do', () => {
  test('through restarts', async () => {
    await expect(holds(1, 60)).resolves.toBeUndefined();
  }, 120_000);
  test('in one of several shards', async () => {
    await expect(holds(4, 15)).resolves.toBeUndefined();
  }, 120_000);
});
