import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of the row's own, where temporary files go; removed on disposal. */
export const scratchDirectory = (): Disposable & { readonly path: string } => {
  const path = mkdtempSync(join(tmpdir(), 'charterbus-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
};

const changesAt = 8;

/**
 * The commits of an open database in WAL mode, counted by SQLite itself: `iChange` of the index's header, the third word of
 * the `-shm` file, in the machine's byte order (walformat.html, 2.1). Nobody's own statistics are believed.
 */
export const countCommits = (database: string): (() => number) => {
  const word = new Uint32Array(1);
  return () => {
    const descriptor = openSync(`${database}-shm`, 'r');
    try {
      readSync(descriptor, word, 0, word.byteLength, changesAt);
    } finally {
      closeSync(descriptor);
    }
    return Number(word[0]);
  };
};
