import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Row } from '../../suite.js';
import { addAll, counter, stream } from './bare-streams.js';
import { where, withRedis } from './own-redis.js';

const group = 'group';

/** Beside this file as it is written, where tests run it; elsewhere as it is built. */
const isSource = import.meta.url.endsWith('.ts');
const consumer = new URL(isSource ? 'stream-consumer.ts' : 'suites/redis/stream-consumer.js', import.meta.url);

/** Comes back when it takes what comes. */
const startConsumer = async (url: string): Promise<ChildProcess> => {
  const child = fork(consumer, [url, stream, group], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onExit = (): void => reject(new Error('The consumer ended before it began.'));
  child.once('message', () => resolve()).once('exit', onExit);
  await promise;
  child.off('exit', onExit);
  return child;
};

/** Counts what a process says that it has acknowledged. */
class Acknowledged {
  #count = 0;
  #reached: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(child: ChildProcess) {
    child.on('message', (count) => {
      this.#count += Number(count);
      if (this.#reached !== undefined && this.#count >= this.#reached.count) this.#reached.resolve();
    });
  }

  /** Resolves when so many more have been. */
  more(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reached = { count: this.#count + count, resolve };
    return promise;
  }
}

export const twoProcesses = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: `${where}; XADD in pipelines, and in another process XREADGROUP of up to 500, then one XACK for them`,
  leavesOut: 'policies, envelope, entries, leaves, dedupe, retries, dead letters, a handler',
  open: () =>
    withRedis(async ({ url, connect }) => {
      const redis = connect();
      await redis.xgroup('CREATE', stream, group, '$', 'MKSTREAM');
      const child = await startConsumer(url);
      const acknowledged = new Acknowledged(child);
      const next = counter();
      return {
        batch: async (operations, latencies) => {
          const all = acknowledged.more(operations);
          await addAll(redis, operations, next, latencies);
          await all;
          await redis.xtrim(stream, 'MAXLEN', 0);
        },
        leastOperations: 2000,
        close: async () => {
          const ended = once(child, 'exit');
          child.disconnect();
          await ended;
        },
      };
    }),
});
