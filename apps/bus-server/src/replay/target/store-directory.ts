import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCodeOf } from '../error-code.js';
import { ReplayError } from '../replay-error.js';

/** Where the store of one replay lives. */
export interface StoreDirectory {
  readonly path: string;
  /** Removes it, unless it is kept. */
  close(): Promise<void>;
}

const temporary = async (): Promise<StoreDirectory> => {
  const path = await mkdtemp(join(tmpdir(), 'charterbus-replay-'));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
};

const entriesOf = async (path: string): Promise<readonly string[]> => {
  try {
    await mkdir(path, { recursive: true });
    return await readdir(path);
  } catch (error) {
    throw new ReplayError(`The store cannot be kept in ${path} (${errorCodeOf(error)}).`, { cause: error });
  }
};

/**
 * A fresh directory: a temporary one, or the one to keep.
 *
 * @throws ReplayError where the one to keep cannot be made, or holds something already.
 */
export const openStoreDirectory = async (keep: string | undefined): Promise<StoreDirectory> => {
  if (keep === undefined) return temporary();
  const entries = await entriesOf(keep);
  if (entries.length > 0)
    throw new ReplayError(`The directory ${keep} is not empty; a replay starts on a fresh store.`);
  return { path: keep, close: () => Promise.resolve() };
};
