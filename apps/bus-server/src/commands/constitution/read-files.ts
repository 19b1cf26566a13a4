import { stat } from 'node:fs/promises';
import { ConfigurationError, type ConstitutionFile } from '@charterbus/core-models';
import {
  bundleOfFiles,
  checkStatus,
  readBundle,
  readBundleFile,
  readConstitutionDirectory,
  readContainer,
} from '@charterbus/policy-client';

/** The libraries tell no paths of the machine; whoever is at the terminal named this one. */
export const unreadable = (path: string, cause: unknown): never => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  throw new ConfigurationError('CONFIGURATION_INVALID', `${path} cannot be read (${code}).`, { cause });
};

export const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    return unreadable(path, cause);
  }
};

/** A constitution as a directory or a bundle, for looking at it: whose it is, is `verify`'s question. */
export const readConstitution = async (path: string): Promise<readonly ConstitutionFile[]> => {
  if (await isDirectory(path)) return readConstitutionDirectory(path);
  return (await readBundle(await readBundleFile(path), { trust: 'unsigned' })).files;
};

/** The same with what a bundle says of itself, and its signatures. */
export const readWithStatement = async (path: string): Promise<readonly ConstitutionFile[]> =>
  (await isDirectory(path)) ? readConstitutionDirectory(path) : readContainer(await readBundleFile(path));

/** The same of what is to be in force: what says of itself that it may not be is refused here already. */
export const readToStage = async (path: string): Promise<readonly ConstitutionFile[]> => {
  const files = await readWithStatement(path);
  checkStatus(await bundleOfFiles(files, { trust: 'unsigned' }));
  return files;
};
