import { openMemoryStore } from '@charterbus/store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { MemoryJournal } from '../../src/broker/memory-journal.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, type BrokerFactory } from '../../src/testing/bench.js';
import { brokerCommands } from './broker-commands.js';
import { agingMs, BrokerModel, maxAttempts } from './broker-model.js';

const memory: BrokerFactory = async () => ({
  open: async (environment) => new EmbeddedBroker({ ...environment, journal: new MemoryJournal() }),
  close: () => Promise.resolve(),
});

const store: BrokerFactory = async () => {
  const opened = await openMemoryStore({ namespaces: [busNamespace] });
  return {
    open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(opened) }),
    close: () => opened.close(),
  };
};

/** What waits behind the first entries is let go and read back. */
const narrow: BrokerFactory = async () => {
  const opened = await openMemoryStore({ namespaces: [busNamespace] });
  return {
    open: async ({ delivery, ...environment }) =>
      new EmbeddedBroker({
        ...environment,
        delivery: { ...delivery, windowEntries: 1 },
        journal: await SqliteJournal.open(opened),
      }),
    close: () => opened.close(),
  };
};

const holds = (factory: BrokerFactory, survivesReopening: boolean, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(brokerCommands(survivesReopening), async (commands) => {
      const bench = new BrokerBench(await factory(), { agingMs, maxAttempts });
      await bench.start();
      const setup = () => ({ model: new BrokerModel(bench.clock.now()), real: { bench } });
      await fc.asyncModelRun(setup, commands);
      await bench.close();
    }),
    { numRuns, seed: 20_261_122 },
  );

describe('a broker does what a list and a clock would do', () => {
  test('in memory', async () => {
    await expect(holds(memory, false, 300)).resolves.toBeUndefined();
  }, 60_000);
  test('over a store, through restarts', async () => {
    await expect(holds(store, true, 200)).resolves.toBeUndefined();
  }, 60_000);
  test('over a store, with one entry of a mailbox in memory', async () => {
    await expect(holds(narrow, true, 200)).resolves.toBeUndefined();
  }, 60_000);
});
