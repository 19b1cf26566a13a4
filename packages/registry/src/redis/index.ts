export { Connection as RedisConnection, isAnswer as isRedisAnswer } from './connection.js';
export type { RedisRegistryOptions } from './options.js';
export { openRedisRegistry } from './redis-registry.js';
