import { join } from 'node:path';
import { StoreError } from '@charterbus/core-models';
import { errorCodeOf } from '../../source/read-plain-file.js';
import { readBundle } from '../read-bundle.js';
import type { BundleTrust } from '../signature/bundle-trust.js';
import type { VerifiedBundle } from '../verified-bundle.js';
import { writeAtomically } from '../write-atomically.js';
import { readBundleFile } from './file-source.js';

/** What is kept on disk: the last that a source gave, and the last that was in force. */
export type KeptKind = 'cache' | 'last-known-good';

/** Where a feed keeps bundles. What it gives back was verified again. */
export interface BundleShelf {
  keep(kind: KeptKind, bundle: VerifiedBundle): Promise<void>;
  /** @throws ConstitutionalError `BUNDLE_UNAVAILABLE` where there is none, or what is wrong with it. */
  read(kind: KeptKind, name: string, signal: AbortSignal): Promise<VerifiedBundle>;
}

export interface KeptBundlesOptions {
  /** A directory that is there; nobody else should be able to write to it, though what is in it is verified. */
  readonly directory: string;
  readonly trust: BundleTrust;
}

/** Bundles on disk. Being here proves nothing: each is verified whenever it is read. */
export class KeptBundles implements BundleShelf {
  readonly #directory: string;
  readonly #trust: BundleTrust;

  constructor({ directory, trust }: KeptBundlesOptions) {
    this.#directory = directory;
    this.#trust = trust;
  }

  /** Replaces the one before, whole or not at all. One without signature is not kept: it could not be verified again. */
  async keep(kind: KeptKind, { container, name }: VerifiedBundle): Promise<void> {
    if (container === undefined) return;
    try {
      await writeAtomically(this.#path(kind, name), container);
    } catch (cause) {
      throw new StoreError('STORE_UNAVAILABLE', `The bundle cannot be kept (${errorCodeOf(cause)}).`, { cause });
    }
  }

  /** @throws ConstitutionalError `BUNDLE_UNAVAILABLE` where there is none, or what is wrong with it. */
  async read(kind: KeptKind, name: string, signal: AbortSignal): Promise<VerifiedBundle> {
    return readBundle(await readBundleFile(this.#path(kind, name), signal), { trust: this.#trust, source: kind });
  }

  #path(kind: KeptKind, name: string): string {
    return join(this.#directory, `${name}.${kind}.tar.gz`);
  }
}
