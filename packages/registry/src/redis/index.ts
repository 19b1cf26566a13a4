export type { RedisRegistryOptions } from './options.js';
export { openRedisRegistry } from './redis-registry.js';
