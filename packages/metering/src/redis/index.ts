export type { RedisMeteringOptions } from './options.js';
export { openRedisCounters, type RedisCountersOptions } from './redis-counters.js';
export { openRedisLedger, type RedisLedgerOptions } from './redis-ledger.js';
