import type { BrokerCapabilities, BrokerFactory } from './bench.js';
import { BrokerBench } from './bench.js';
import type { ConformanceRunner } from './conformance-runner.js';
import { appending } from './suites/appending.js';
import { deadLetters } from './suites/dead-letters.js';
import { grouping, groupingAcrossRestarts } from './suites/grouping.js';
import { halting } from './suites/halting.js';
import { holding } from './suites/holding.js';
import { leasing } from './suites/leasing.js';
import { ordering, orderingAcrossRestarts } from './suites/ordering.js';
import { pausing } from './suites/pausing.js';
import { remembering, rememberingAcrossRestarts } from './suites/remembering.js';
import { reopening } from './suites/reopening.js';
import { retrying } from './suites/retrying.js';
import { scheduling, schedulingAcrossRestarts } from './suites/scheduling.js';
import type { Suite } from './suites/suite.js';

/**
 * What every broker must do. Time is the suite's: it stands still until it is moved.
 *
 * @param runner registers the tests with the test runner at hand.
 * @param factory gives empty storage for each test.
 */
export const brokerConformance = (
  runner: ConformanceRunner,
  factory: BrokerFactory,
  capabilities: BrokerCapabilities,
): void => {
  const suite: Suite = {
    describe: runner.describe,
    it: (name, body, delivery = {}) =>
      runner.it(name, async () => {
        const bench = new BrokerBench(await factory(), delivery);
        await bench.start();
        await body(bench);
        await bench.close();
      }),
  };
  runner.describe('a broker', () => {
    runner.describe('appends', () => appending(suite));
    runner.describe('leases', () => leasing(suite));
    runner.describe('retries', () => retrying(suite));
    runner.describe('holds', () => holding(suite));
    runner.describe('keeps dead letters', () => deadLetters(suite));
    runner.describe('keeps the order of a key', () => ordering(suite));
    runner.describe('gives a queue group’s messages to its members', () => grouping(suite));
    runner.describe('pauses', () => pausing(suite));
    runner.describe('halts', () => halting(suite));
    runner.describe('waits for the moment', () => scheduling(suite));
    runner.describe('remembers what is known of conversations', () => remembering(suite));
    if (capabilities.survivesReopening) {
      runner.describe('comes back after a restart', () => {
        reopening(suite);
        rememberingAcrossRestarts(suite);
        orderingAcrossRestarts(suite);
        schedulingAcrossRestarts(suite);
        groupingAcrossRestarts(suite);
      });
    }
  });
};
