import { basename, dirname } from 'node:path';
import { errorCodeOf, readPlainFile } from '../../source/read-plain-file.js';
import { bundleError } from '../bundle-error.js';
import { bundleLimits } from '../container/bundle-limits.js';
import { readBundle } from '../read-bundle.js';
import type { BundleTrust } from '../signature/bundle-trust.js';
import type { BundleSource } from './bundle-source.js';
import { WatchedSource, type WatchOptions } from './watched-source.js';

const refuse = (message: string): never => {
  throw bundleError('BUNDLE_INVALID', message);
};

const tooLarge = (size: number): string | undefined =>
  size > bundleLimits.compressedBytes ? `is larger than ${bundleLimits.compressedBytes} bytes.` : undefined;

/**
 * The bytes of a bundle on disk; links are not followed.
 *
 * @throws ConstitutionalError `BUNDLE_UNAVAILABLE` where it cannot be read, `BUNDLE_INVALID` beyond the limits.
 */
export const readBundleFile = async (path: string, signal?: AbortSignal): Promise<Uint8Array> => {
  try {
    return await readPlainFile(path, tooLarge, refuse, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Error && 'syscall' in cause) {
      throw bundleError('BUNDLE_UNAVAILABLE', `the file cannot be read (${errorCodeOf(cause)}).`, { cause });
    }
    throw cause;
  }
};

export interface FileSourceOptions extends WatchOptions {
  /** A `tar.gz`. Whoever replaces it should rename a whole file into place. */
  readonly path: string;
  readonly trust: BundleTrust | 'unsigned';
  /** Default `file`. */
  readonly name?: string;
}

/** A bundle as a file, read again when it changes. */
export const fileSource = (options: FileSourceOptions): BundleSource => {
  const { path, trust, name = 'file' } = options;
  const file = basename(path);
  const place = { path: dirname(path), recursive: false, matters: (changed: string) => changed === file };
  const read = async (signal: AbortSignal) => readBundle(await readBundleFile(path, signal), { trust, source: name });
  return new WatchedSource({ name, read, place }, options);
};
