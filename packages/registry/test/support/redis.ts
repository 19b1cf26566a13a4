import { CharterbusError, systemClock } from '@charterbus/core-models';
import {
  type RedisServer,
  type RedisServerOptions,
  redisServer,
  requireService,
  startRedis,
} from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { beforeEach, onTestFinished } from 'vitest';
import type { Registry, RegistryChange } from '../../src/index.js';
import { openRedisRegistry, type RedisRegistryOptions } from '../../src/redis/index.js';

/** For `expect.poll`: machines that run tests are busy. */
export const patience = { timeout: 15_000 };

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
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
};

/**
 * A client whose duplicates, which are the connections of a registry, go to the ports that a test names, in order: first
 * the one that follows changes, then the one that makes them, then what either opens anew. The last port stands for the rest.
 */
export const connectingTo = (...ports: readonly (number | (() => number))[]): Redis => {
  let opened = 0;
  const client = new Redis({ lazyConnect: true });
  client.duplicate = (options = {}) => {
    const next = ports[Math.min(opened, ports.length - 1)] ?? 0;
    opened += 1;
    return new Redis({ ...options, port: typeof next === 'number' ? next : next() });
  };
  return client;
};

export const codeOfError = (error: unknown): string => (CharterbusError.isInstance(error) ? error.code : String(error));

/** What a call throws, by its code. */
export const codeOfCall = (call: () => unknown): string => {
  try {
    call();
    return 'done';
  } catch (error) {
    return codeOfError(error);
  }
};

export const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', codeOfError);

/** Resolves with what a registry has told of when it tells of that change. */
export const toldUntil = (registry: Registry, last: string): Promise<readonly string[]> => {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const told: string[] = [];
  registry.watch(({ kind, agent }: RegistryChange) => {
    told.push(`${kind} ${agent.tenant}/${agent.id}`);
    if (told.at(-1) === last) resolve(told);
  });
  return promise;
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
