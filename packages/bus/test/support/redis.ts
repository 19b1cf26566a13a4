import { systemClock, systemRandom, systemTimers, uuidV7Source } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import {
  type RedisServer,
  type RedisServerOptions,
  redisServer,
  requireService,
  startRedis,
} from '@charterbus/tooling/testing';
import { afterAll, beforeAll, beforeEach, onTestFinished, vi } from 'vitest';
import { type AgentHandle, type Bus, type BusOptions, createBus } from '../../src/index.js';
import { type RedisOptions, redisBackend } from '../../src/redis/index.js';
import { redisSettings } from '../../src/redis/options.js';
import { RedisBroker } from '../../src/redis/redis-broker.js';
import type { BrokerEnvironment, BrokerFactory } from '../../src/testing/index.js';
import { plainRules } from './fleet.js';

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
const freshPrefix = (): string => `test-${process.pid}-${++prefixes}`;

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

/** A broker in real time that is connected, and others over the same; whoever opens them closes them. */
export const brokerOn = async (url: string) => {
  const settings = redisSettings({ redis: url, prefix: freshPrefix() });
  const another = async (): Promise<RedisBroker> => {
    const broker = new RedisBroker({
      settings,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      ids: uuidV7Source(systemClock, systemRandom),
      onBackgroundError: (task, error) => {
        throw new Error(task, { cause: error });
      },
    });
    await broker.prepare();
    return broker;
  };
  return { broker: await another(), another };
};

/** Buses on one Redis, as several processes have them; closed when the test is finished. */
export const fleetOn = async (
  url: string,
  count: number,
  options: Partial<BusOptions> & { readonly redis?: Partial<RedisOptions> } = {},
) => {
  const { redis = {}, ...more } = options;
  const prefix = redis.prefix ?? freshPrefix();
  const failures: string[] = [];
  const open = async (): Promise<Bus> => {
    const bus = await createBus({
      constitution: rulesConstitution(plainRules),
      onBackgroundError: (task, error) => void failures.push(`${task}: ${String(error)}`),
      ...more,
      backend: redisBackend({ redis: url, ...redis, prefix }),
    });
    onTestFinished(async () => void (await bus.drain(0)));
    return bus;
  };
  const buses: Bus[] = [];
  for (let opened = 0; opened < count; opened++) buses.push(await open());
  return { buses, open, failures, prefix };
};

/** Registers an agent at one bus, and gives a handle at each. */
export const everywhere = async (
  buses: readonly Bus[],
  id: string,
  tenant = 'acme',
): Promise<readonly AgentHandle[]> => {
  const [first, ...others] = buses;
  if (first === undefined) return [];
  const { handle, token } = await first.register({ tenant, id });
  const connected = others.map((bus) => vi.waitFor(() => bus.connect(token), { timeout: 5000, interval: 5 }));
  return [handle, ...(await Promise.all(connected))];
};
