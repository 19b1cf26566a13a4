import { ConfigurationError, type Durability } from '@charterbus/core-models';
import { isRedisAnswer } from '@charterbus/registry/redis';
import type { Shard } from './shard.js';

/** A directive of the server's, or nothing where it may not be asked. */
const directive = async (shard: Shard, name: string): Promise<string | undefined> => {
  try {
    const [, value] = (await shard.read((client) => client.config('GET', name))) as readonly string[];
    return value;
  } catch (error) {
    // Hosts of Redis often forbid the command.
    if (isRedisAnswer(error)) return undefined;
    throw error;
  }
};

/** @throws ConfigurationError where Redis may throw away what waits. */
const checkEviction = async (shard: Shard): Promise<void> => {
  const information = await shard.read((client) => client.info('memory'));
  const policy = /^maxmemory_policy:(\S+)/m.exec(information)?.[1] ?? 'unknown';
  const limit = /^maxmemory:(\d+)/m.exec(information)?.[1] ?? '0';
  if (policy === 'noeviction' || limit === '0') return;
  throw new ConfigurationError(
    'CONFIGURATION_INVALID',
    `Redis would throw away messages that wait when its memory is full: set maxmemory-policy noeviction, not ${policy}.`,
    { details: { policy } },
  );
};

/** What a receipt may say of a server without a replica: `fsync` where it syncs its log before it answers. */
const durabilityOf = async (shard: Shard): Promise<Durability> => {
  const [log, sync] = [await directive(shard, 'appendonly'), await directive(shard, 'appendfsync')];
  return log === 'yes' && sync === 'always' ? 'fsync' : 'process';
};

/**
 * Looks at how the server is set.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` where it may lose what waits; StoreError.
 */
export const checkServers = async (shards: readonly Shard[]): Promise<Durability> => {
  const durabilities = await Promise.all(
    shards.map(async (shard) => {
      // In a cluster the server is found by a key.
      await shard.read((client) => client.exists(`${shard.base}:s`));
      await checkEviction(shard);
      return durabilityOf(shard);
    }),
  );
  return durabilities.every((durability) => durability === 'fsync') ? 'fsync' : 'process';
};
