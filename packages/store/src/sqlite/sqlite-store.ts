import type { DatabaseSync } from 'node:sqlite';
import { CharterbusError } from '@charterbus/core-models';
import { faultOf, toStoreError } from '../faults.js';
import { lockDirectory } from '../lock/directory-lock.js';
import { checkNamespaces, type Namespace } from '../namespace.js';
import { OpenedStore } from '../opened-store.js';
import type { Store } from '../store.js';
import { BatchWriter } from '../writer/batch-writer.js';
import type { CommitLimits } from '../writer/commit-limits.js';
import { CommitQueue, type CommittedBatch } from '../writer/commit-queue.js';
import { openReader, prepareFile, storeFile, syncDirectory, writerSource } from './database-file.js';

export interface SqliteStoreOptions {
  /** The data directory; made where it is missing. The store is its one owner until it is closed. */
  readonly directory: string;
  readonly namespaces: readonly Namespace[];
  readonly limits?: CommitLimits;
  /** Told of each batch of units that was written; must not throw. */
  readonly onBatch?: (batch: CommittedBatch) => void;
  /**
   * Files up to this size are checked from end to end when they are opened (`PRAGMA integrity_check`: also that every index says what its table says); larger ones would
   * keep the start waiting, and are checked page by page as they are read. Default 256 MiB.
   */
  readonly checkUpToBytes?: number;
}

const defaultCheckUpToBytes = 256 * 1024 * 1024;

/**
 * Opens the durable store: one SQLite file in WAL mode, each commit synced to disk before it is acknowledged.
 *
 * @throws StoreError `STORE_LOCKED`, `STORE_CORRUPT`, `STORE_VERSION_UNSUPPORTED`, `STORE_UNAVAILABLE`.
 * @throws ConfigurationError `CONFIGURATION_INVALID` where the directory cannot be written or a namespace is not sound.
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<Store> => {
  const { directory, namespaces, limits, onBatch, checkUpToBytes = defaultCheckUpToBytes } = options;
  checkNamespaces(namespaces);
  const lock = lockDirectory(directory);
  const file = storeFile(directory);
  const writer = new BatchWriter(writerSource(file), namespaces);
  let reader: DatabaseSync | undefined;
  try {
    prepareFile(file, namespaces, checkUpToBytes);
    const queue = new CommitQueue(writer, limits, onBatch);
    reader = openReader(file);
    const store = new OpenedStore({ durability: 'fsync', namespaces, queue, reader, snapshots: true, lock });
    // By now the log has its name. SQLite syncs the directory as well, but takes no notice where that fails.
    syncDirectory(directory);
    return store;
  } catch (thrown) {
    reader?.close();
    writer.close();
    lock[Symbol.dispose]();
    throw CharterbusError.isInstance(thrown) ? thrown : toStoreError(faultOf(thrown));
  }
};
