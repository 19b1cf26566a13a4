import { randomUUID } from 'node:crypto';
import { access, constants, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCodeOf } from '../error-code.js';
import { ReplayError } from '../replay-error.js';

const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return false;
    throw new ReplayError(`The report cannot be written to ${path} (${errorCodeOf(error)}).`, { cause: error });
  }
};

/** Asked before a run, so that none is in vain. @throws ReplayError where the report could not be written there. */
export const checkReportPath = async (path: string): Promise<void> => {
  const parent = dirname(path);
  if (!(await isDirectory(parent))) {
    throw new ReplayError(`The report cannot be written to ${path}: the directory ${parent} does not exist.`);
  }
  if (await isDirectory(path)) throw new ReplayError(`The report cannot be written to ${path}: it is a directory.`);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ReplayError(`The report cannot be written to ${path}: ${parent} may not be written to.`, {
      cause: error,
    });
  }
};

/** Whole or not at all: written beside its place, flushed, then renamed. @throws ReplayError where that fails. */
export const writeReport = async (path: string, text: string): Promise<void> => {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(beside, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw new ReplayError(`The report cannot be written to ${path} (${errorCodeOf(error)}).`, { cause: error });
  }
};
