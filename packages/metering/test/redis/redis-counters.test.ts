import type { ManualClock } from '@charterbus/core-models';
import { locateService, type RedisServer, redisServer, startRedis } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { QuotaCounters } from '../../src/index.js';
import { openRedisCounters } from '../../src/redis/index.js';
import { countersConformance } from '../../src/testing/index.js';
import { disagreement } from '../support/quota-model.js';
import { clockedRedis, needsRedis } from '../support/redis.js';

let server: RedisServer;
let opened = 0;

beforeAll(async () => {
  if (locateService(redisServer) !== undefined) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());
needsRedis();

const open = async (clock: ManualClock): Promise<QuotaCounters> => {
  opened += 1;
  const redis = clockedRedis(server.url, clock);
  return openRedisCounters({
    redis,
    prefix: `suite-${opened}`,
    answerMs: 10_000,
    placeMs: 1e9,
    now: () => clock.now(),
  });
};

countersConformance({ describe, it }, open);

test('they decide as the plain model does', async () => {
  expect(await disagreement(open, { seed: 5, numRuns: 60 })).toBeUndefined();
});
