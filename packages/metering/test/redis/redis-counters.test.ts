import { locateService, type RedisServer, redisServer, startRedis } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openRedisCounters } from '../../src/redis/index.js';
import { countersConformance } from '../../src/testing/index.js';
import { clockedRedis, needsRedis } from '../support/redis.js';

let server: RedisServer;
let opened = 0;

beforeAll(async () => {
  if (locateService(redisServer) !== undefined) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());
needsRedis();

countersConformance({ describe, it }, async (clock) => {
  opened += 1;
  return openRedisCounters({
    redis: clockedRedis(server.url, clock),
    prefix: `suite-${opened}`,
    now: () => clock.now(),
  });
});
