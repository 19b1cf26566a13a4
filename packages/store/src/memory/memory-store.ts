import { DatabaseSync } from 'node:sqlite';
import { migrateAll } from '../database/migrations.js';
import { checkNamespaces, type Namespace } from '../namespace.js';
import { OpenedStore } from '../opened-store.js';
import type { Store } from '../store.js';
import { BatchRunner } from '../writer/batch-runner.js';
import { type CommitLimits, CommitQueue } from '../writer/commit-queue.js';
import { InlineExecutor } from '../writer/inline-executor.js';

export interface MemoryStoreOptions {
  readonly namespaces: readonly Namespace[];
  readonly limits?: CommitLimits;
}

/** The twin of the SQLite store: the same SQL and the same order of commits, and nothing on disk. */
export const openMemoryStore = async ({ namespaces, limits }: MemoryStoreOptions): Promise<Store> => {
  checkNamespaces(namespaces);
  const database = new DatabaseSync(':memory:');
  try {
    migrateAll(database, namespaces);
    // One handle for good: what it holds is nowhere else.
    const runner = new BatchRunner({ open: () => database, discard: () => {} }, namespaces);
    const queue = new CommitQueue(new InlineExecutor(runner), runner.open(), limits);
    return new OpenedStore({ durability: 'memory', namespaces, queue, reader: database, owned: [] });
  } catch (error) {
    database.close();
    throw error;
  }
};
