import { ManualClock } from '@charterbus/core-models';
import type { QuotaCounters } from '../quotas/quota-counters.js';
import { budgets } from './counters/budgets.js';
import { concurrency } from './counters/concurrency.js';
import { rates } from './counters/rates.js';
import { Sender } from './counters/sender.js';
import type { CountersSuite } from './counters/suite.js';
import { together } from './counters/together.js';
import type { ConformanceRunner } from './runner.js';

/** Makes counters that have counted nothing, which the suite closes. They go by this clock, which is moved by hand. */
export type CountersFactory = (clock: ManualClock) => Promise<QuotaCounters>;

const parts: readonly ((it: CountersSuite) => void)[] = [rates, budgets, concurrency, together];

/** What all `QuotaCounters` do alike. */
export const countersConformance = ({ describe, it }: ConformanceRunner, factory: CountersFactory): void => {
  const suite: CountersSuite = (name, body) =>
    it(name, async () => {
      const clock = new ManualClock(Date.UTC(2026, 6, 1, 12));
      await using counters = await factory(clock);
      await body(new Sender(counters), clock);
    });
  describe('counters', () => {
    for (const part of parts) part(suite);
  });
};
