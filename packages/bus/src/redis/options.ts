import { ConfigurationError } from '@charterbus/core-models';
import type { Redis } from 'ioredis';

/** How many replicas have to have a message before its receipt says `replicated`. */
export interface ReplicaDemand {
  readonly atLeast: number;
  /** How long a receipt waits for them, in milliseconds; then it says what was reached. */
  readonly withinMs: number;
}

export interface RedisOptions {
  /** Where Redis is: a URL, or a client whose settings are taken over. The client itself is neither used nor closed. */
  readonly redis: string | Redis;
  /** Buses with the same prefix in the same database are one. Letters, digits, `. _ : -`. Default `charterbus`. */
  readonly prefix?: string;
  /** Parts by tenant, each in one slot of a cluster; the same for all processes, for good. 1 to 256. Default 1. */
  readonly shards?: number;
  /** Default: receipts wait for no replica. */
  readonly replicas?: ReplicaDemand;
  /** How long a change may take in all, with a new connection where one is needed, in milliseconds. Default 5000. */
  readonly changeMs?: number;
  /** After how long without a sign of life a process is taken for gone, in milliseconds. At least 500. Default 5000. */
  readonly silenceMs?: number;
  /** Leaves of the audit log that are kept, the newest, per shard. Default a million. */
  readonly leavesKept?: number;
  /** Told of each loss of a connection; they are made anew by themselves. Default: nobody is told. */
  readonly onConnectionError?: (error: unknown) => void;
}

export type RedisSettings = ReturnType<typeof redisSettings>;

const prefixPattern = /^[\w.:-]{1,64}$/;
const mostShards = 256;
const shortestSilenceMs = 500;

const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

const isWhole = (value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const redisSettings = (options: RedisOptions) => {
  const { redis, replicas, prefix = 'charterbus', shards = 1, changeMs = 5000, silenceMs = 5000 } = options;
  const { leavesKept = 1_000_000, onConnectionError = () => {} } = options;
  check(prefixPattern.test(prefix), 'The prefix must be 1 to 64 letters, digits or . _ : -');
  check(isWhole(shards, 1, mostShards), `shards must be a whole number from 1 to ${mostShards}.`);
  check(isWhole(changeMs, 1), 'changeMs must be a whole number of milliseconds above 0.');
  check(isWhole(silenceMs, shortestSilenceMs), `silenceMs must be at least ${shortestSilenceMs}.`);
  check(isWhole(leavesKept, 1), 'leavesKept must be a whole number above 0.');
  const demand = replicas ?? { atLeast: 1, withinMs: 1 };
  check(isWhole(demand.atLeast, 1) && isWhole(demand.withinMs, 1), 'replicas must state whole numbers above 0.');
  return Object.freeze({ redis, replicas, prefix, shards, changeMs, silenceMs, leavesKept, onConnectionError });
};

/** What all keys of a shard begin with: one hash tag, so that what a script touches lies in one slot of a cluster. */
export const shardBase = (prefix: string, shard: number): string => `{${prefix}:bus:${shard}}`;
