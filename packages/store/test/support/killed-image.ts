import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '@charterbus/core-models';
import { onTestFinished } from 'vitest';
import { openSqliteStore, type Store } from '../../src/index.js';
import { rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from './directories.js';

/** The files of a store whose process was killed, as bytes. */
export interface Image {
  readonly main: Buffer;
  readonly log: Buffer;
  readonly mark: Buffer;
}

const files = { main: 'store.sqlite', log: 'store.sqlite-wal', mark: 'store.sqlite-mark' } as const;

const readImage = (directory: string): Image => ({
  main: readFileSync(join(directory, files.main)),
  log: readFileSync(join(directory, files.log)),
  mark: readFileSync(join(directory, files.mark)),
});

const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** Resolves when the mark speaks of the last commit, as SQLite's index of the log has it. */
const untilMarked = async (directory: string): Promise<void> => {
  const isMarked = (): boolean => {
    const mark = readFileSync(join(directory, files.mark));
    const index = readFileSync(join(directory, 'store.sqlite-shm'));
    return mark.readUInt32BE(12) === index.readUInt32LE(16) && mark.subarray(4, 12).equals(index.subarray(32, 40));
  };
  while (!isMarked()) await nextTurn();
};

export interface Killed {
  readonly image: Image;
  /** What was acknowledged, in its order. */
  readonly names: readonly string[];
}

/** A store with so many commits of rows of so many characters, as a kill right after the last one would leave it. */
export const killedStore = async (commits: number, characters: number, rows = 1): Promise<Killed> => {
  const directory = temporaryDirectory();
  const store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  onTestFinished(() => store.close());
  const names: string[] = [];
  const commit = async (number: number): Promise<void> => {
    const unit = Array.from({ length: rows }, (_, row) => `${number}-${row} `.padEnd(characters, 'abcdefgh'));
    await store.commit(unit.map((name) => ({ namespace: 'rows', statement: 'add', values: [name] })));
    names.push(...unit);
  };
  for (let number = 1; number <= commits; number++) await commit(number);
  await untilMarked(directory);
  return { image: readImage(directory), names };
};

/** Writes the files and opens them: what is read then, or the code of the refusal. */
export const openImage = async (
  image: Partial<Image>,
  parent: string,
): Promise<readonly string[] | { readonly code: string }> => {
  const directory = mkdtempSync(join(parent, 'image-'));
  try {
    for (const part of ['main', 'log', 'mark'] as const) {
      const bytes = image[part];
      if (bytes !== undefined) writeFileSync(join(directory, files[part]), bytes);
    }
    return await namesIn(directory);
  } catch (error) {
    if (StoreError.isInstance(error)) return { code: error.code };
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const namesIn = async (directory: string): Promise<readonly string[]> => {
  await using store: Store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  return store.read('rows', 'all', []).map((row) => String(row['name']));
};

/** A copy with one bit turned. */
export const flipped = (bytes: Buffer, place: number, bit = place % 8): Buffer => {
  const copy = Buffer.from(bytes);
  copy[place] = (copy[place] ?? 0) ^ (1 << bit);
  return copy;
};

export const writeImage = (image: Image, directory: string): void => {
  for (const part of ['main', 'log', 'mark'] as const) writeFileSync(join(directory, files[part]), image[part]);
};
