import type { ManualClock } from '@charterbus/core-models';
import {
  type RedisServer,
  type RedisServerOptions,
  redisServer,
  requireService,
  startRedis,
} from '@charterbus/tooling/testing';
import { Redis } from 'ioredis';
import { beforeEach, onTestFinished } from 'vitest';

/** Each test of the file needs a redis-server. */
export const needsRedis = (): void => beforeEach((context) => void requireService(context, redisServer));

export const ownRedis = async (options: RedisServerOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
};

const timeOf = (clock: ManualClock): string => {
  const micros = Math.floor(clock.now() * 1000);
  return `{ '${Math.floor(micros / 1_000_000)}', '${micros % 1_000_000}' }`;
};

/** A client whose scripts are told the time of the clock instead of the server's. All else is the server's work. */
export const clockedRedis = (url: string, clock: ManualClock): Redis => {
  const client = new Redis(url, { lazyConnect: true });
  client.duplicate = (options = {}) => {
    const own = new Redis(url, options);
    const run = own.eval.bind(own) as (...parameters: unknown[]) => Promise<unknown>;
    own.evalsha = (async () => {
      throw Object.assign(new Error('NOSCRIPT'), { name: 'ReplyError' });
    }) as typeof own.evalsha;
    own.eval = ((text: string, ...rest: unknown[]) =>
      run(text.replace("redis.call('TIME')", timeOf(clock)), ...rest)) as typeof own.eval;
    return own;
  };
  return client;
};
