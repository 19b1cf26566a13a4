import { stat } from 'node:fs/promises';
import { errorCodeOf } from '../error-code.js';
import { ReplayError } from '../replay-error.js';

/** Asked before a run. @throws ReplayError where it is no directory. What is in it is the constitution's question. */
export const checkDataDirectory = async (path: string): Promise<void> => {
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(path)).isDirectory();
  } catch (error) {
    throw new ReplayError(`The data directory ${path} cannot be read (${errorCodeOf(error)}).`, { cause: error });
  }
  if (!isDirectory)
    throw new ReplayError(`The data ${path} is not a directory; name one that holds <slot>.json files.`);
};
