import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStore, openSqliteStore } from '@charterbus/store';
import { describe, it } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { MemoryJournal } from '../../src/broker/memory-journal.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { brokerConformance } from '../../src/testing/index.js';

const namespaces = [busNamespace];

describe('memory', () => {
  brokerConformance(
    { describe, it },
    async () => ({
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: new MemoryJournal() }),
      close: () => Promise.resolve(),
    }),
    { survivesReopening: false },
  );
});

describe('memory, with leaves made at once', () => {
  brokerConformance(
    { describe, it },
    async () => ({
      open: async (environment) =>
        new EmbeddedBroker({ ...environment, journal: new MemoryJournal({ leavesAtOnce: true }) }),
      close: () => Promise.resolve(),
    }),
    { survivesReopening: false },
  );
});

describe('the store, in memory', () => {
  brokerConformance(
    { describe, it },
    async () => {
      const store = await openMemoryStore({ namespaces });
      return {
        open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
        close: () => store.close(),
      };
    },
    { survivesReopening: true },
  );
});

describe('the store, in memory, with a window of two entries', () => {
  brokerConformance(
    { describe, it },
    async () => {
      const store = await openMemoryStore({ namespaces });
      return {
        open: async ({ delivery, ...environment }) =>
          new EmbeddedBroker({
            ...environment,
            delivery: { ...delivery, windowEntries: 2 },
            journal: await SqliteJournal.open(store),
          }),
        close: () => store.close(),
      };
    },
    { survivesReopening: true },
  );
});

describe('SQLite', () => {
  brokerConformance(
    { describe, it },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'charterbus-broker-'));
      let store = await openSqliteStore({ directory, namespaces });
      let opened = false;
      return {
        open: async (environment) => {
          if (opened) {
            await store.close();
            store = await openSqliteStore({ directory, namespaces });
          }
          opened = true;
          return new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) });
        },
        close: async () => {
          await store.close();
          await rm(directory, { recursive: true });
        },
      };
    },
    { survivesReopening: true },
  );
});
