export type { RedisMeteringOptions } from './options.js';
export { countersTag, openRedisCounters, type RedisCountersOptions } from './redis-counters.js';
export { openRedisLedger, type RedisLedgerOptions } from './redis-ledger.js';
export { ledgerTag } from './stored-rows.js';
