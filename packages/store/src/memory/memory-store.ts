import { DatabaseSync } from 'node:sqlite';
import { migrateAll } from '../database/migrations.js';
import { checkNamespaces, type Namespace } from '../namespace.js';
import { OpenedStore } from '../opened-store.js';
import type { Store } from '../store.js';
import { BatchWriter } from '../writer/batch-writer.js';
import type { CommitLimits } from '../writer/commit-limits.js';
import { CommitQueue } from '../writer/commit-queue.js';

export interface MemoryStoreOptions {
  readonly namespaces: readonly Namespace[];
  readonly limits?: CommitLimits;
}

const endTransaction = (database: DatabaseSync): void => {
  if (database.isTransaction) database.exec('ROLLBACK');
};

/** The twin of the SQLite store: the same SQL and the same order of commits, and nothing on disk. */
export const openMemoryStore = async ({ namespaces, limits }: MemoryStoreOptions): Promise<Store> => {
  checkNamespaces(namespaces);
  const database = new DatabaseSync(':memory:');
  try {
    migrateAll(database, namespaces);
    // One handle for good: what it holds is nowhere else.
    const source = {
      open: () => database,
      discard: endTransaction,
      committed: () => undefined,
      retire: () => database.close(),
    };
    const writer = new BatchWriter(source, namespaces);
    const queue = new CommitQueue(writer, limits);
    return new OpenedStore({ durability: 'memory', namespaces, queue, reader: database, snapshots: false });
  } catch (error) {
    database.close();
    throw error;
  }
};
