import { readConstitutionDirectory } from '../../source/read-constitution-directory.js';
import { writeContainer } from '../container/write-container.js';
import { bundleOfFiles } from '../read-bundle.js';
import type { BundleTrust } from '../signature/bundle-trust.js';
import type { VerifiedBundle } from '../verified-bundle.js';
import type { BundleSource } from './bundle-source.js';
import { WatchedSource, type WatchOptions } from './watched-source.js';

export interface DirectorySourceOptions extends WatchOptions {
  readonly directory: string;
  /** Whose signature the directory needs, in `.signatures.json`; or `unsigned`, where its keeper is trusted. */
  readonly trust: BundleTrust | 'unsigned';
  /** Default `directory`. */
  readonly name?: string;
}

/** A constitution as files in a directory, read again when something in it changes. */
export const directorySource = (options: DirectorySourceOptions): BundleSource => {
  const { directory, trust, name = 'directory' } = options;
  const read = async (signal: AbortSignal): Promise<VerifiedBundle> => {
    const files = await readConstitutionDirectory(directory, signal);
    const bundle = await bundleOfFiles(files, { trust, source: name });
    // What is signed can be kept and verified again, as if it had come as a file.
    return trust === 'unsigned' ? bundle : Object.freeze({ ...bundle, container: await writeContainer(files) });
  };
  return new WatchedSource({ name, read, place: { path: directory, recursive: true } }, options);
};
