import { type RedisServer, type RedisServerOptions, redisServer, requireService, startRedis } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { systemRandom, uuidV7Source } from '@charterbus/core-models';
import { redisSettings, type RedisOptions } from '../../src/redis/options.js';
import { RedisBroker, type RedisBrokerOptions } from '../../src/redis/redis-broker.js';
import type { BrokerEnvironment, BrokerFactory } from '../../src/testing/index.js';

/** Each test of the file needs a redis-server. */
export const needsRedis = (): void => beforeEach((context) => void requireService(context, redisServer));

export const ownRedis = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

/** One server for all tests of a file; each of them has a prefix of its own. */
export const sharedRedis = (): { readonly url: () => string } => {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedis().catch(() => undefined);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  needsRedis();
  return { url: () => server?.url ?? '' };
};

let prefixes = 0;
export const freshPrefix = (): string => `test-${process.pid}-${++prefixes}`;

/** Brokers whose time is the suite's. */
export const suiteFactory =
  (url: () => string, more: Partial<RedisOptions> = {}): BrokerFactory =>
  async () => {
    const settings = redisSettings({ redis: url(), prefix: freshPrefix(), ...more });
    let started: { readonly at: number; readonly clock: BrokerEnvironment['clock'] } | undefined;
    return {
      open: async (environment) => {
        const { clock } = environment;
        // What the server's clock would show: nobody sets it.
        started ??= { at: clock.now() - clock.monotonic(), clock };
        const { at } = started;
        const serverTime = { stated: () => at + clock.monotonic() };
        const ids = uuidV7Source(clock, systemRandom);
        return new RedisBroker({ ...environment, ids, settings, serverTime });
      },
      close: () => Promise.resolve(),
    };
  };

export type { RedisBrokerOptions };
