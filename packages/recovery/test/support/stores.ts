import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type Store } from '@charterbus/store';
import { onTestFinished } from 'vitest';
import { createMemoryRecoveryStore, type RecoveryStore } from '../../src/index.js';
import { createSqliteRecoveryStore, recoveryNamespace } from '../../src/sqlite/index.js';

/** Opens the same file again and again; what was opened before is closed then, as by a restart. */
export const sqliteFile = (): (() => Promise<Store>) => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-recovery-'));
  let store: Store | undefined;
  onTestFinished(async () => {
    await store?.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return async () => {
    await store?.close();
    store = await openSqliteStore({ directory, namespaces: [recoveryNamespace] });
    return store;
  };
};

export const memoryPlace = async (): Promise<() => Promise<RecoveryStore>> => {
  const store = createMemoryRecoveryStore();
  return () => Promise.resolve(store);
};

export const sqlitePlace = async (): Promise<() => Promise<RecoveryStore>> => {
  const open = sqliteFile();
  return async () => createSqliteRecoveryStore(await open());
};
