import { type CircuitBreaker, CircuitBreakers } from '@charterbus/recovery';
import { concurrent, synchronous } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { insist } from '../insist.js';

const nothing = async (): Promise<void> => undefined;

/** A call that ends at once, without anything to wait for but its promise. */
const later = async (n: number): Promise<number> => n;

const row = (name: string, profile: string, open: (breaker: CircuitBreaker) => OpenRow['batch']): Row => ({
  name,
  kind: 'ours',
  profile: `${profile}; closed, by its defaults: five failures in a row open it`,
  open: async () => {
    const breaker = new CircuitBreakers().named('bench');
    const batch = open(breaker);
    await batch(1);
    insist(breaker.counts.successes === 1, 'The breaker has not seen the call.');
    return {
      batch,
      close: async () => breaker[Symbol.dispose](),
    };
  },
});

export const enterAndSettle = (name: string): Row =>
  row(name, 'enter, then settle as a success', (breaker) =>
    synchronous(() => {
      const passage = breaker.enter();
      if (passage === undefined) throw breaker.refusal();
      breaker.settle(passage, 'success');
    }),
  );

export const execute = (name: string): Row =>
  row(name, 'execute around an asynchronous call that ends at once', (breaker) =>
    concurrent(1, (n) => breaker.execute(() => later(n))),
  );

export const bareCall = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: 'an asynchronous call that ends at once',
  leavesOut: 'the breaker',
  open: async () => ({ batch: concurrent(1, later), close: nothing }),
});
