import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '@charterbus/core-models';
import { migrateAll } from '../database/migrations.js';
import type { Namespace } from '../namespace.js';
import type { HandleSource } from '../writer/batch-writer.js';
import { clearMark } from './log/log-mark.js';
import { MarkedLog } from './log/marked-log.js';
import { verifyLog } from './log/verify-log.js';

/** How long a handle waits for another one of the same process, in milliseconds: a reader may be recovering the log. */
const busyTimeoutMs = 5000;

export const storeFile = (directory: string): string => join(directory, 'store.sqlite');

/** A handle that writes: the receipt's word `fsync` rests on these settings. */
const openWriter = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -65536;
      PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 67108864;
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

export const writerSource = (file: string): HandleSource => {
  const log = new MarkedLog(file);
  return {
    open: () => openWriter(file),
    discard: (database) => {
      log.release();
      database.close();
    },
    committed: () => log.committed(),
    retire: (database) => {
      // Whoever closes last empties the log.
      log.clear();
      database.close();
    },
  };
};

export const openReader = (file: string): DatabaseSync =>
  new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });

const check = (database: DatabaseSync, file: string, upToBytes: number): void => {
  if (statSync(file).size > upToBytes) return;
  const finding = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (finding !== 'ok') throw new StoreError('STORE_CORRUPT', `The store ${file} is damaged: ${String(finding)}.`);
};

/** SQLite syncs its files; that their names survive a loss of power is for the directories to keep. */
export const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Makes the file sound and current before anything is read from it: checks it and its log, and brings the namespaces to
 * their last version.
 *
 * @throws StoreError `STORE_CORRUPT` where something is gone that had been synced.
 */
export const prepareFile = (file: string, namespaces: readonly Namespace[], checkUpToBytes: number): void => {
  let database: DatabaseSync | undefined;
  verifyLog(file);
  // The log is emptied below, once all of it is in the file.
  clearMark(file);
  try {
    database = openWriter(file);
    check(database, file, checkUpToBytes);
    migrateAll(database, namespaces);
    syncDirectory(dirname(file));
    syncDirectory(dirname(dirname(file)));
  } finally {
    database?.close();
  }
};
