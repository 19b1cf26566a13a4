import { CharterbusError, type ConstitutionFile } from '@charterbus/core-models';
import { type TarHeader, unpackTar } from 'modern-tar';
import { constitutionLimits } from '../../source/file-rules.js';
import { bundleError } from '../bundle-error.js';
import { bundleLimits } from './bundle-limits.js';
import { entryPath, manifestPath, signaturesPath } from './entry-path.js';
import { inflate } from './inflate.js';

const largestOf = (path: string): number => {
  if (path === signaturesPath) return bundleLimits.signaturesBytes;
  return path === manifestPath ? bundleLimits.manifestBytes : constitutionLimits.fileBytes;
};

/** What the headers tell, checked as they come: whoever is refused costs no more than what was read before. */
class Entries {
  readonly #paths = new Set<string>();
  #count = 0;

  /** Whether the entry is a file to keep; throws for what no bundle may hold. */
  take({ name, type, size }: TarHeader): boolean {
    this.#count += 1;
    if (this.#count > bundleLimits.entries)
      throw bundleError('BUNDLE_INVALID', `has more than ${bundleLimits.entries} entries.`);
    // What a directory is called does not matter: only files are kept, and each has its whole path.
    if (type === 'directory') return false;
    if (type !== 'file') throw bundleError('BUNDLE_INVALID', `is no plain file but a ${String(type)}.`, { file: name });
    this.#addPath(entryPath(name), size);
    return true;
  }

  #addPath(path: string, size: number): void {
    if (size > largestOf(path))
      throw bundleError('BUNDLE_INVALID', `is larger than ${largestOf(path)} bytes.`, { file: path });
    // Names that differ in case only are one file on some machines and two on others.
    const folded = path.toLowerCase();
    if (this.#paths.has(folded)) throw bundleError('BUNDLE_INVALID', 'is there twice (case aside).', { file: path });
    this.#paths.add(folded);
    if (this.#paths.size > constitutionLimits.files + 2)
      throw bundleError('BUNDLE_INVALID', `has more than ${constitutionLimits.files} files.`);
  }
}

/**
 * The files of a `tar.gz`, within bounds and with paths that every machine understands alike. Nothing of it is trusted
 * yet: signatures are another question.
 *
 * @throws ConstitutionalError `BUNDLE_INVALID`.
 */
export const readContainer = async (bytes: Uint8Array): Promise<readonly ConstitutionFile[]> => {
  const tar = await inflate(bytes);
  const entries = new Entries();
  try {
    const unpacked = await unpackTar(tar, { strict: true, filter: (header) => entries.take(header) });
    return unpacked.map(({ header, data }) => ({ path: entryPath(header.name), bytes: data ?? new Uint8Array() }));
  } catch (cause) {
    if (CharterbusError.isInstance(cause)) throw cause;
    throw bundleError('BUNDLE_INVALID', 'is not a whole tar archive.', { cause });
  }
};
