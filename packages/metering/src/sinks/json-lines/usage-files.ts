import { type FileHandle, mkdir, open, readdir, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cursors, headerLine, readLines } from './lines.js';

const currentName = 'usage.jsonl';
const rotatedPattern = /^usage-(\d{8})\.jsonl$/;

const rotatedName = (number: number): string => `usage-${String(number).padStart(8, '0')}.jsonl`;

/** Numbers of the files that are full, from the oldest on. */
const rotatedNumbers = async (directory: string): Promise<readonly number[]> => {
  const names = await readdir(directory);
  const numbers = names.flatMap((name) => rotatedPattern.exec(name)?.slice(1).map(Number) ?? []);
  return numbers.toSorted((one, other) => one - other);
};

/** What is in a directory entry outlives a loss of power once its directory is synced. */
const syncDirectory = async (directory: string): Promise<void> => {
  await using handle = await open(directory, 'r');
  await handle.sync();
};

/** How far the sources were when the file before the current one was full. */
const cursorsBefore = async (directory: string): Promise<Cursors> => {
  const last = (await rotatedNumbers(directory)).at(-1);
  return last === undefined ? new Map() : (await readLines(join(directory, rotatedName(last)))).cursors;
};

/** The file that is written to, and what is in it. */
export interface CurrentFile {
  readonly handle: FileHandle;
  readonly cursors: Cursors;
  bytes: number;
}

const createFile = async (directory: string, cursors: Cursors, sync: boolean): Promise<CurrentFile> => {
  const handle = await open(join(directory, currentName), 'w');
  try {
    const { bytesWritten } = await handle.write(headerLine(cursors));
    if (sync) {
      await handle.sync();
      await syncDirectory(directory);
    }
    return { handle, cursors, bytes: bytesWritten };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/**
 * Opens the file that is written to. A last line that is not whole, which is what a process leaves that is killed while it
 * writes, is cut off.
 *
 * @throws StoreError `STORE_CORRUPT`; whatever the file system says.
 */
export const openCurrent = async (directory: string, sync: boolean): Promise<CurrentFile> => {
  await mkdir(directory, { recursive: true });
  const path = join(directory, currentName);
  const isThere = (await readdir(directory)).includes(currentName);
  const content = isThere ? await readLines(path) : undefined;
  // Killed between two files, or before the first line of this one was whole.
  if (content === undefined || content.bytes === 0) return createFile(directory, await cursorsBefore(directory), sync);
  await truncate(path, content.bytes);
  return { handle: await open(path, 'a'), ...content };
};

/** Gives the file its number and begins another one. */
export const rotate = async (
  directory: string,
  { cursors, handle }: CurrentFile,
  { keptFiles, sync }: { readonly keptFiles: number; readonly sync: boolean },
): Promise<CurrentFile> => {
  await handle.sync();
  await handle.close();
  const numbers = await rotatedNumbers(directory);
  await rename(join(directory, currentName), join(directory, rotatedName((numbers.at(-1) ?? 0) + 1)));
  const next = await createFile(directory, cursors, sync);
  // With the one that was just made.
  for (const old of numbers.slice(0, Math.max(0, numbers.length + 1 - keptFiles))) {
    await rm(join(directory, rotatedName(old)), { force: true });
  }
  return next;
};
