import { KeptRegistry } from '../kept-registry.js';
import type { Registry } from '../registry.js';
import { Watchers } from '../view/watchers.js';
import { type RedisRegistryOptions, redisSettings } from './options.js';
import { RedisKeeper } from './redis-keeper.js';

/**
 * A registry that several processes share. Redis decides about changes; each process answers look-ups from a view that
 * follows them.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds, or where ioredis is not installed.
 * @throws StoreError `STORE_UNAVAILABLE` where Redis cannot be reached, `STORE_CORRUPT` where an agent cannot be read.
 */
export const openRedisRegistry = async (options: RedisRegistryOptions): Promise<Registry> => {
  const settings = redisSettings(options);
  const watchers = new Watchers(settings.onWatcherError);
  const keeper = new RedisKeeper(settings, (change) => watchers.tell(change));
  await keeper.start();
  return new KeptRegistry(keeper, settings, watchers);
};
