import type { Row, Suite } from '../suite.js';
import { embedded } from './embedded/embedded.js';
import { identity } from './identity/identity.js';
import { inProcess } from './in-process/in-process.js';
import { operations } from './operations/operations.js';
import { policy } from './policy/policy.js';
import { redis } from './redis/redis.js';

/** In the order in which they run. */
export const suites: readonly Suite[] = [inProcess, identity, policy, embedded, redis, operations];

/** @throws TypeError where there is none of that name. */
export const findRow = (suite: string, row: string): Row => {
  const found = suites.find(({ name }) => name === suite)?.rows.find(({ name }) => name === row);
  if (found === undefined) throw new TypeError(`There is no row ${row} in a suite ${suite}.`);
  return found;
};
