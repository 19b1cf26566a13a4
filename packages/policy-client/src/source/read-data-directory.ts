import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { constitutionError } from './problem.js';
import { errorCodeOf, readPlainFile } from './read-plain-file.js';

/** What a directory of external data may hold. Sizes in bytes. */
export const dataLimits = Object.freeze({ files: 32, fileBytes: 64 * 2 ** 20 });

const refuse = (file: string, message: string, cause?: unknown): never => {
  throw constitutionError('CONSTITUTION_INVALID', [{ file, message }], cause);
};

/** Slots, sorted by name. What is hidden or not called `*.json` is somebody's notes, and is passed over. */
const slotNames = async (directory: string): Promise<readonly string[]> => {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted();
  } catch (error) {
    return refuse('.', `the directory of data cannot be read (${errorCodeOf(error)}).`, error);
  }
};

const tooLarge = (size: number): string | undefined =>
  size > dataLimits.fileBytes ? `is larger than ${dataLimits.fileBytes} bytes.` : undefined;

const readSlot = async (
  directory: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<ConstitutionFile> => {
  try {
    const bytes = await readPlainFile(join(directory, name), tooLarge, (message) => refuse(name, message), signal);
    return { path: name, bytes };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && 'syscall' in error)
      return refuse(name, `cannot be read, or is a link (${errorCodeOf(error)}).`, error);
    throw error;
  }
};

/**
 * The external data of a constitution: each `<slot>.json` of a directory, for `LoadOptions.slots`. Other files are
 * passed over, so that a slot whose file is misspelt is missing, which a load refuses.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` for links and whatever else is no plain file, and beyond the
 * limits; the signal's reason when aborted.
 */
export const readDataDirectory = async (
  directory: string,
  signal?: AbortSignal,
): Promise<readonly ConstitutionFile[]> => {
  signal?.throwIfAborted();
  const names = await slotNames(directory);
  if (names.length > dataLimits.files) refuse('.', `the directory of data has more than ${dataLimits.files} files.`);
  const files: ConstitutionFile[] = [];
  for (const name of names) files.push(await readSlot(directory, name, signal));
  return files;
};
