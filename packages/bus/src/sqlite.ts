import { createMemoryCounters } from '@charterbus/metering';
import { meteringNamespace, openSqliteLedger } from '@charterbus/metering/sqlite';
import { createSqliteRecoveryStore, recoveryNamespace } from '@charterbus/recovery/sqlite';
import { openSqliteRegistry, registryNamespace } from '@charterbus/registry/sqlite';
import { openSqliteStore } from '@charterbus/store';
import type { OpenBackend } from './backend.js';
import { EmbeddedBroker } from './broker/embedded-broker.js';
import { SqliteJournal } from './broker/sqlite-journal.js';
import { busNamespace } from './broker/sqlite-schema.js';
import { lifeNamespace, SqliteRecords } from './life/sqlite-records.js';
import { SqliteTopicRecords, topicsNamespace } from './topics/sqlite-topic-records.js';

const namespaces = [
  registryNamespace,
  busNamespace,
  lifeNamespace,
  topicsNamespace,
  meteringNamespace,
  recoveryNamespace,
];

export interface SqliteBackendOptions {
  /** Made if it is not there. One process owns it at a time. */
  readonly directory: string;
}

/**
 * Everything in one SQLite file: a receipt is given after its commit has reached the disk, and agents, messages, leases,
 * holds and dead letters are there again after a crash.
 *
 * @throws StoreError `STORE_LOCKED`, `STORE_VERSION_UNSUPPORTED`, `STORE_CORRUPT` or `STORE_UNAVAILABLE` on opening.
 */
export const sqliteBackend =
  ({ directory }: SqliteBackendOptions): OpenBackend =>
  async (environment) => {
    const { onBatch } = environment;
    const store = await openSqliteStore({ directory, namespaces, ...(onBatch === undefined ? {} : { onBatch }) });
    try {
      const { clock, timers, random, ids, onBackgroundError } = environment;
      const onWatcherError = (error: unknown): void => onBackgroundError('registry watch', error);
      const registry = await openSqliteRegistry({ store, clock, timers, random, ids, onWatcherError });
      const journal = await SqliteJournal.open(store, environment.enterprise);
      const broker = new EmbeddedBroker({ ...environment, journal });
      return {
        broker,
        registry,
        records: new SqliteRecords(store),
        topics: new SqliteTopicRecords(store),
        usage: {
          sources: [journal.usage],
          ledger: openSqliteLedger({ store }),
          counters: createMemoryCounters({ clock }),
        },
        recoveries: createSqliteRecoveryStore(store),
        checkWritable: () => store.checkWritable(),
        close: () => store.close(),
      };
    } catch (error) {
      await store.close();
      throw error;
    }
  };
