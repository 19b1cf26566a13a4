import { Queue, Worker } from 'bullmq';
import { concurrent } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { Arrivals } from '../arrivals.js';
import { numberOf, payload } from '../payload.js';
import { where, withRedis } from './own-redis.js';

const concurrency = 100;

export const bullmq = (name: string, senders: number): Row => ({
  name,
  kind: 'peer',
  profile: `${where}; BullMQ, ${senders} that add and wait until their job was processed, a worker of ${concurrency} at a time, finished jobs removed`,
  leavesOut: 'policies, envelope, leaves, dedupe, anything synced before the answer',
  open: () =>
    withRedis(async ({ url }) => {
      const { hostname: host, port } = new URL(url);
      const connection = { host, port: Number(port), maxRetriesPerRequest: null };
      const queue = new Queue('messages', { connection });
      const arrivals = new Arrivals();
      const worker = new Worker('messages', async ({ data }) => arrivals.arrived(numberOf(data)), {
        connection,
        concurrency,
      });
      await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
      const add = async (n: number): Promise<void> => {
        const arrived = arrivals.of(n);
        await queue.add('message', payload(n), { removeOnComplete: true });
        await arrived;
      };
      const close = async (): Promise<void> => {
        await worker.close();
        await queue.close();
      };
      return { batch: concurrent(senders, add), leastOperations: senders * 2, close };
    }),
});
