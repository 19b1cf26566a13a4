import type { Latencies } from './latencies.js';

/** Does so many operations, one result after the other; where asked, notes how long each took. */
export type Batch = (operations: number, latencies?: Latencies) => Promise<void>;

/** What a row does once. Indexes go on from batch to batch, so that work which must be distinct can be. */
export type Operation<Result> = (index: number) => Result;

export const synchronous = (operation: Operation<unknown>): Batch => {
  let next = 0;
  // Keeps the compiler from leaving out work whose result nobody uses.
  const held: { last?: unknown } = {};
  return async (operations, latencies) => {
    for (let done = 0; done < operations; done++) {
      const began = latencies === undefined ? 0 : performance.now();
      held.last = operation(next++);
      latencies?.record(performance.now() - began);
    }
  };
};

/** So many at a time; each waits for its own operation before it begins the next. */
export const concurrent = (senders: number, operation: Operation<Promise<unknown>>): Batch => {
  let next = 0;
  return async (operations, latencies) => {
    let left = operations;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const began = latencies === undefined ? 0 : performance.now();
        await operation(next++);
        latencies?.record(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: Math.min(senders, operations) }, sender));
  };
};
