import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError, StoreError } from '@charterbus/core-models';
import { faultOf } from '../faults.js';

/** Ownership of a data directory, until disposed of or until the process ends in whatever way. */
export interface DirectoryLock extends Disposable {
  readonly directory: string;
}

/** The file whose lock is the ownership. It stays empty; its presence means nothing. */
const lockFile = 'owner.lock';
/** For people and scripts; the ownership does not hang on it. */
const pidFile = 'server.pid';

/**
 * How long two that start at the same moment may be in each other's way, in milliseconds: each needs the shared lock
 * for an instant, and without patience both could be refused.
 */
const contentionMs = 250;

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const notWritable = (directory: string, cause: unknown): ConfigurationError =>
  new ConfigurationError(
    'CONFIGURATION_INVALID',
    `The data directory ${directory} cannot be written: ${reasonOf(cause)}.`,
    { cause, details: { dataDirectory: directory } },
  );

const ownerOf = (directory: string): number | undefined => {
  try {
    const pid = Number.parseInt(readFileSync(join(directory, pidFile), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    // The owner has not written it yet, or a person removed it; the lock alone decides.
    return undefined;
  }
};

const lockedBy = (directory: string, cause: unknown): StoreError => {
  const pid = ownerOf(directory);
  const owner = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new StoreError('STORE_LOCKED', `${owner} owns the data directory ${directory}.`, {
    cause,
    details: pid === undefined ? {} : { pid },
  });
};

const takeLock = (directory: string): DatabaseSync => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(directory, lockFile), { timeout: contentionMs });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    const busy = ((faultOf(cause).resultCode ?? 0) & 0xff) === 5;
    throw busy ? lockedBy(directory, cause) : notWritable(directory, cause);
  }
};

/**
 * Makes this the one owner of a data directory; creates the directory where it is missing.
 *
 * The ownership is a lock that the kernel keeps (an exclusive SQLite transaction on a file of its own), so that a killed
 * process leaves nothing behind that would have to be judged stale. It holds between processes of one machine and also
 * within one process; network file systems that do not lock are not for data directories.
 *
 * @throws StoreError `STORE_LOCKED`, naming the owner's process id where it is known.
 * @throws ConfigurationError `CONFIGURATION_INVALID` where the directory cannot be made or written.
 */
export const lockDirectory = (directory: string): DirectoryLock => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw notWritable(directory, cause);
  }
  const database = takeLock(directory);
  try {
    writeFileSync(join(directory, pidFile), `${process.pid}\n`);
  } catch (cause) {
    database.close();
    throw notWritable(directory, cause);
  }
  let held = true;
  return {
    directory,
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      rmSync(join(directory, pidFile), { force: true });
      database.close();
    },
  };
};
