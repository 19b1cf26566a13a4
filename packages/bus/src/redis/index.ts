export type { RedisOptions, ReplicaDemand } from './options.js';
export { redisBackend } from './redis-backend.js';
