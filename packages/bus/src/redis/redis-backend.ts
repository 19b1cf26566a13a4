import { systemClock, systemTimers } from '@charterbus/core-models';
import { openRedisRegistry } from '@charterbus/registry/redis';
import type { OpenBackend } from '../backend.js';
import { whereIs } from './link.js';
import { RedisNonces } from './nonces.js';
import { type RedisOptions, redisSettings } from './options.js';
import { RedisBroker } from './redis-broker.js';
import { RedisRecords } from './redis-records.js';
import { RedisTopicRecords } from './redis-topic-records.js';

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
    const { clock, timers, random, ids, onBackgroundError } = environment;
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
      const { redis, changeMs, onConnectionError } = settings;
      const real = { clock: systemClock, timers: systemTimers };
      const registry = await openRedisRegistry({
        redis: await whereIs(`{${settings.prefix}:registry}:state`, { redis, onConnectionError, ...real }, changeMs),
        prefix: settings.prefix,
        clock,
        timers,
        random,
        ids,
        onConnectionError,
        onWatcherError: (error) => onBackgroundError('registry watch', error),
      });
      const nonces = new RedisNonces(broker.shards, () => clock.now());
      return { broker, registry, records, topics: topicRecords, nonces, close: () => Promise.resolve() };
    } catch (error) {
      await broker.close();
      throw error;
    }
  };
