import { systemClock, systemTimers } from '@charterbus/core-models';
import { countersTag, ledgerTag, openRedisCounters, openRedisLedger } from '@charterbus/metering/redis';
import type { Registry } from '@charterbus/registry';
import { openRedisRegistry } from '@charterbus/registry/redis';
import type { BackendEnvironment, BackendUsage, OpenBackend } from '../backend.js';
import { whereIs } from './link.js';
import { RedisNonces } from './nonces.js';
import { type RedisOptions, type RedisSettings, redisSettings } from './options.js';
import { RedisBroker } from './redis-broker.js';
import { RedisRecords } from './redis-records.js';
import { RedisTopicRecords } from './redis-topic-records.js';
import { RedisUsage } from './redis-usage.js';

const openRegistry = async (
  { redis, prefix, changeMs, onConnectionError }: RedisSettings,
  { clock, timers, random, ids, onBackgroundError }: BackendEnvironment,
): Promise<Registry> => {
  const real = { clock: systemClock, timers: systemTimers };
  return openRedisRegistry({
    redis: await whereIs(`{${prefix}:registry}:state`, { redis, onConnectionError, ...real }, changeMs),
    prefix,
    clock,
    timers,
    random,
    ids,
    onConnectionError,
    onWatcherError: (error) => onBackgroundError('registry watch', error),
  });
};

const openUsage = async (
  { shards }: RedisBroker,
  { redis, prefix, onConnectionError, changeMs }: RedisSettings,
  { timers, enterprise }: BackendEnvironment,
): Promise<BackendUsage> => {
  // Deadlines and connections go by real time, also where a test owns the bus' own.
  const link = { redis, onConnectionError, clock: systemClock, timers: systemTimers };
  const optionsAt = async (tag: string) => ({ redis: await whereIs(tag, link, changeMs), prefix, onConnectionError });
  const [forLedger, forCounters] = await Promise.all([optionsAt(ledgerTag(prefix)), optionsAt(countersTag(prefix))]);
  return {
    sources: shards.all.map((shard) => new RedisUsage(shard, timers, enterprise)),
    ledger: openRedisLedger(forLedger),
    counters: openRedisCounters(forCounters),
    countersOutlive: true,
  };
};

/**
 * Everything in Redis: several buses share agents, messages, leases, holds, dead letters, subscriptions, pauses and the constitution
 * in force.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds, without ioredis, or where Redis may evict;
 * StoreError `STORE_UNAVAILABLE` where Redis cannot be reached.
 */
export const redisBackend =
  (options: RedisOptions): OpenBackend =>
  async (environment) => {
    const settings = redisSettings(options);
    const { onBackgroundError } = environment;
    const refresh = (): Promise<void> => records.refresh();
    let topics: RedisTopicRecords | undefined;
    const broker = new RedisBroker({
      ...environment,
      settings,
      onGroundMoved: refresh,
      onGround: () => void refresh(),
      onTopics: (number) => topics?.heard(number),
      onReconnected: () => topics?.tellAgain(),
      pausesAreKept: true,
    });
    const records = new RedisRecords(broker.shards, (error) => onBackgroundError('follow constitution', error));
    try {
      await broker.prepare();
      await records.open();
      // Before the registry: whoever is subscribed is registered by then, or has gone.
      const topicRecords = new RedisTopicRecords(broker.shards, (error) => onBackgroundError('follow topics', error));
      await topicRecords.open();
      topics = topicRecords;
      const registry = await openRegistry(settings, environment);
      const nonces = new RedisNonces(broker.shards, () => environment.clock.now());
      const usage = await openUsage(broker, settings, environment);
      return { broker, registry, records, topics: topicRecords, nonces, usage, close: () => Promise.resolve() };
    } catch (error) {
      await broker.close();
      throw error;
    }
  };
