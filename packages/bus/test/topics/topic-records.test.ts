import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '@charterbus/store';
import { describe, it } from 'vitest';
import { MemoryJournal } from '../../src/broker/memory-journal.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { topicRecordsConformance } from '../../src/testing/index.js';
import { MemoryTopicRecords } from '../../src/topics/memory-topic-records.js';
import { SqliteTopicRecords, topicsNamespace } from '../../src/topics/sqlite-topic-records.js';

const textsIn = (journal: Pick<MemoryJournal, 'leaf' | 'leafCount'>): readonly string[] =>
  Array.from({ length: journal.leafCount }, (_, index) => journal.leaf(index)?.text ?? '');

describe('in memory', () => {
  topicRecordsConformance(
    { describe, it },
    async () => {
      const journal = new MemoryJournal();
      return {
        open: async () => new MemoryTopicRecords(journal),
        leaves: async () => textsIn(journal),
        close: () => Promise.resolve(),
      };
    },
    { survivesReopening: false },
  );
});

describe('on SQLite', () => {
  const namespaces = [busNamespace, topicsNamespace];
  topicRecordsConformance(
    { describe, it },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'charterbus-topics-'));
      let store = await openSqliteStore({ directory, namespaces });
      let opened = false;
      return {
        open: async () => {
          if (opened) {
            await store.close();
            store = await openSqliteStore({ directory, namespaces });
          }
          opened = true;
          return new SqliteTopicRecords(store);
        },
        leaves: async () => textsIn(await SqliteJournal.open(store)),
        close: async () => {
          await store.close();
          await rm(directory, { recursive: true });
        },
      };
    },
    { survivesReopening: true },
  );
});
