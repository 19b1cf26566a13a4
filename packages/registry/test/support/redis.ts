import { systemClock } from '@charterbus/core-models';
import {
  type RedisServer,
  type RedisServerOptions,
  redisServer,
  requireService,
  startRedis,
} from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { beforeEach, onTestFinished } from 'vitest';
import type { Registry } from '../../src/index.js';
import { openRedisRegistry, type RedisRegistryOptions } from '../../src/redis/index.js';

/** Each test of the file needs a redis-server. */
export const needsRedis = (): void => beforeEach((context) => void requireService(context, redisServer));

export const ownRedis = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

/** Closed when the test is finished. */
export const open = async (options: RedisRegistryOptions): Promise<Registry> => {
  const registry = await openRedisRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
};

/** A client as an operator has it. */
export const operator = async (url: string): Promise<Redis> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  onTestFinished(() => void client.disconnect());
  await client.connect();
  return client;
};

export const durable: RedisServerOptions = { args: ['--appendonly', 'yes', '--appendfsync', 'always'] };

/** The system's clock, which a test sets forward at will. */
export const shiftable = () => {
  let ahead = 0;
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() + ahead,
    forward(milliseconds: number): void {
      ahead += milliseconds;
    },
  };
};
