import { locateService, type RedisServer, redisServer, startRedis } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openRedisLedger } from '../../src/redis/index.js';
import { ledgerConformance } from '../../src/testing/index.js';
import { needsRedis } from '../support/redis.js';

let server: RedisServer;
let opened = 0;

beforeAll(async () => {
  if (locateService(redisServer) !== undefined) server = await startRedis();
});
afterAll(() => server?.[Symbol.asyncDispose]());
needsRedis();

ledgerConformance({ describe, it }, async (options) => {
  opened += 1;
  return openRedisLedger({ redis: server.url, prefix: `suite-${opened}`, ...options });
});
