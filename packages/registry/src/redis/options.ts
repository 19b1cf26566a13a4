import { ConfigurationError } from '@charterbus/core-models';
import type { Redis } from 'ioredis';
import { type RegistryOptions, withDefaults } from '../options.js';

export interface RedisRegistryOptions extends RegistryOptions {
  /** Where Redis is: a URL, or a client whose settings are taken over. The client itself is neither used nor closed. */
  readonly redis: string | Redis;
  /** Registries with the same prefix in the same database are one. Letters, digits, `. _ : -`. Default `charterbus`. */
  readonly prefix?: string;
  /**
   * For how long what was changed elsewhere may be missed here, at the most, in milliseconds: from then on nobody is let
   * in until Redis answers again. At least 100. Default 2000.
   */
  readonly staleMs?: number;
  /** How long a change may take in all, with finding out what became of it, in milliseconds. Default 5000. */
  readonly changeMs?: number;
  /** Changes kept for the registries that follow; who is further behind loads everything anew. Default about 10,000. */
  readonly changesKept?: number;
  /** Told of each loss of a connection; they are made anew by themselves. Default: nobody is told. */
  readonly onConnectionError?: (error: unknown) => void;
}

export type RedisRegistrySettings = ReturnType<typeof redisSettings>;

const shortestStaleMs = 100;
const prefixPattern = /^[\w.:-]{1,64}$/;

const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const redisSettings = (options: RedisRegistryOptions) => {
  const { prefix = 'charterbus', staleMs = 2000 } = options;
  const { changeMs = 5000, changesKept = 10_000, onConnectionError = () => {} } = options;
  check(prefixPattern.test(prefix), 'The prefix must be 1 to 64 letters, digits or . _ : -');
  check(staleMs >= shortestStaleMs && Number.isFinite(staleMs), `staleMs must be at least ${shortestStaleMs}.`);
  check(changeMs > 0 && Number.isFinite(changeMs), 'changeMs must be positive.');
  check(Number.isInteger(changesKept) && changesKept > 0, 'changesKept must be a whole number above 0.');
  return {
    ...withDefaults(options),
    staleMs,
    changeMs,
    changesKept,
    onConnectionError,
    redis: options.redis,
    keys: keysOf(prefix),
  };
};

/** One hash tag: what a script touches has to lie in one slot of a cluster. */
const keysOf = (prefix: string) => {
  const tag = `{${prefix}:registry}`;
  return {
    /** Hash of `tenant/id` to what is kept of the agent. */
    agents: `${tag}:agents`,
    /** Hash: `revision`, the number of changes so far, and `head`, the id of the last of them. */
    state: `${tag}:state`,
    /** Stream of changes; the number of a change is its id there. */
    changes: `${tag}:changes`,
    /** Sorted set of `tenant/id` by the end of their lease, in milliseconds of the server's time. */
    leases: `${tag}:leases`,
    /** Set of `tenant/id` whose lease has run out. */
    expired: `${tag}:expired`,
    /** What challenges are made with. */
    secret: `${tag}:secret`,
    /** Sorted set of the challenges that an agent has answered, by the end of their memory. */
    used: (key: string): string => `${tag}:used:${key}`,
    /** Says of a change that it must not be made any more. */
    refused: (attempt: string): string => `${tag}:refused:${attempt}`,
  } as const;
};
