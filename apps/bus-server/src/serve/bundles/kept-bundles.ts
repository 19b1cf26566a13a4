import { ConstitutionalError } from '@charterbus/core-models';
import {
  type BundleShelf,
  type BundleTrust,
  bundleOfFiles,
  KeptBundles,
  type KeptKind,
  type VerifiedBundle,
} from '@charterbus/policy-client';
import { type LifeRecord, lastLoaded } from './life-record.js';

const nothing = (): ConstitutionalError =>
  new ConstitutionalError('BUNDLE_UNAVAILABLE', 'The bundle: none is kept that was in force.');

/**
 * The cache is a file. The last known good is what was in force last, which the store keeps with what its publisher
 * signed: so it is the right one after an operator went back, too.
 */
export class ServerBundles implements BundleShelf {
  readonly #trust: BundleTrust | 'unsigned';
  readonly #record: LifeRecord;
  readonly #cache: KeptBundles | undefined;

  constructor(directory: string, trust: BundleTrust | 'unsigned', record: LifeRecord) {
    this.#trust = trust;
    this.#record = record;
    this.#cache = trust === 'unsigned' ? undefined : new KeptBundles({ directory, trust });
  }

  async keep(kind: KeptKind, bundle: VerifiedBundle): Promise<void> {
    if (kind === 'cache') await this.#cache?.keep(kind, bundle);
  }

  async read(kind: KeptKind, name: string, signal: AbortSignal): Promise<VerifiedBundle> {
    if (kind === 'last-known-good') return this.#lastKnownGood(name);
    if (this.#cache === undefined) throw nothing();
    return this.#cache.read(kind, name, signal);
  }

  #lastKnownGood(name: string): Promise<VerifiedBundle> {
    const { records } = this.#record;
    const last = lastLoaded(records.history());
    const kept = last?.name === name ? records.kept(last) : undefined;
    if (kept === undefined) throw nothing();
    return bundleOfFiles(kept.files, { trust: this.#trust, source: 'last-known-good' });
  }
}
