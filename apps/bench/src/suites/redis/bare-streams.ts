import type { Redis } from 'ioredis';
import type { Latencies } from '../../measure/latencies.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';
import { payload } from '../payload.js';
import { where, withRedis } from './own-redis.js';

export const stream = 'messages';
const together = 1000;

/** Adds so many, in pipelines; each entry takes as long as its pipeline. */
export const addAll = async (redis: Redis, operations: number, next: () => number, latencies?: Latencies) => {
  for (let left = operations; left > 0; left -= together) {
    const count = Math.min(left, together);
    const pipeline = redis.pipeline();
    for (let entry = 0; entry < count; entry++) pipeline.xadd(stream, '*', 'm', JSON.stringify(payload(next())));
    const began = performance.now();
    const replies = (await pipeline.exec()) ?? [];
    const took = performance.now() - began;
    insist(replies.length === count && replies.every(([error]) => error === null), 'Redis refused an entry.');
    if (latencies !== undefined) for (let entry = 0; entry < count; entry++) latencies.record(took);
  }
};

export const counter = (): (() => number) => {
  let n = 0;
  return () => n++;
};

export const bareAdd = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `${where}; XADD of a message’s content by ioredis, ${together} to a pipeline`,
  leavesOut: 'policies, envelope, entries, leaves, dedupe, leases, anybody who takes them',
  open: () =>
    withRedis(async ({ connect }) => {
      const redis = connect();
      const next = counter();
      return {
        batch: async (operations, latencies) => {
          await addAll(redis, operations, next, latencies);
          // What was added by one batch is not to fill the memory of the next.
          await redis.unlink(stream);
        },
        leastOperations: together,
        close: () => Promise.resolve(),
      };
    }),
});

/** From the call to what another connection of the same process is given, one after the other. */
export const idleHandOver = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `${where}; XADD on one connection to a XREADGROUP that waits on another, one message at a time`,
  leavesOut: 'policies, envelope, entries, leaves, dedupe, the acknowledgement',
  open: () =>
    withRedis(async ({ connect }) => {
      const [writer, reader] = [connect(), connect()];
      const next = counter();
      await writer.xgroup('CREATE', stream, 'group', '$', 'MKSTREAM');
      const handOver = async (): Promise<void> => {
        const given = reader.xreadgroup('GROUP', 'group', 'one', 'COUNT', 1, 'BLOCK', 5000, 'STREAMS', stream, '>');
        const added = writer.xadd(stream, 'MAXLEN', '~', 1000, '*', 'm', JSON.stringify(payload(next())));
        const [entries] = await Promise.all([given, added]);
        insist(entries !== null, 'Nothing was given.');
      };
      return {
        batch: async (operations, latencies) => {
          for (let done = 0; done < operations; done++) {
            const began = performance.now();
            await handOver();
            latencies?.record(performance.now() - began);
          }
        },
        close: () => Promise.resolve(),
      };
    }),
});
