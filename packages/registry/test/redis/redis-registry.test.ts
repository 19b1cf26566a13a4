import { systemClock, systemTimers } from '@charterbus/core-models';
import { locateService, type RedisServer, redisServer, startRedis } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openRedisRegistry } from '../../src/redis/index.js';
import { registryConformance } from '../../src/testing/index.js';
import { needsRedis } from '../support/redis.js';

let server: RedisServer;
let opened = 0;

beforeAll(async () => {
  if (locateService(redisServer) !== undefined) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());
needsRedis();

registryConformance({ describe, it }, async ({ clock = systemClock, ...options }) => {
  opened += 1;
  const both = { now: () => clock.now(), monotonic: () => systemClock.monotonic() };
  return openRedisRegistry({
    redis: server.url,
    prefix: `suite-${opened}`,
    ...options,
    clock: both,
    timers: systemTimers,
  });
});
