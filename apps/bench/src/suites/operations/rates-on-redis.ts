import { createQuotas } from '@charterbus/metering';
import { openRedisCounters } from '@charterbus/metering/redis';
import { concurrent } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { where, withRedis } from '../redis/own-redis.js';
import { manyAgents, oneRate, requests } from './quotas.js';

/** A busy machine is slow to answer, and a row that ends for that says nothing. */
const answerMs = 10_000;

export const rateOnRedis = (name: string, inFlight: number): Row => ({
  name,
  kind: 'ours',
  profile: `${where}; take, of one rate, ${inFlight} in flight; ${manyAgents}`,
  open: () =>
    withRedis(async ({ connect }) => {
      const counters = openRedisCounters({ redis: connect(), answerMs });
      const quotas = createQuotas({ manifest: oneRate, counters });
      const ask = async (n: number): Promise<void> => {
        const { allowed } = await quotas.take(inTurn(requests, n));
        insist(allowed, 'Nobody is let in.');
      };
      await ask(0);
      return { batch: concurrent(inFlight, ask), close: () => counters.close() };
    }),
});

export const bareScript = (name: string, inFlight: number): Row => ({
  name,
  kind: 'limit',
  profile: `${where}; EVALSHA of a script that returns 1, with one key, by ioredis, ${inFlight} in flight; ${manyAgents}`,
  leavesOut: 'the decision, its deadline, reading the answer',
  open: () =>
    withRedis(async ({ connect }) => {
      const redis = connect();
      const sha = String(await redis.script('LOAD', 'return 1'));
      const ask = async (n: number): Promise<void> => {
        const { tenant, agent } = inTurn(requests, n);
        insist((await redis.evalsha(sha, 1, `{bench:${tenant}}:${agent}`)) === 1, 'The script did not run.');
      };
      await ask(0);
      return { batch: concurrent(inFlight, ask), close: () => Promise.resolve() };
    }),
});
