import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Makes what is written in it so far, and the names in it, survive a loss of power. */
const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

let written = 0;

/**
 * Replaces a file whole or not at all, also across a loss of power: a new file beside it is written and synced, then takes
 * its name. Readable by its owner alone. Several at a time each have a new file of their own.
 */
export const writeAtomically = async (path: string, content: string | Uint8Array): Promise<void> => {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${written++}.new`);
  try {
    // What lies there is left from a process of this number, or a link to somewhere else: neither is written into.
    await rm(beside, { force: true });
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
};
