import type { KeyObject } from 'node:crypto';
import { type Clock, ConfigurationError, systemClock } from '@charterbus/core-models';
import type { SignatureAlgorithm } from './algorithms.js';
import { publicKey, signatureAlgorithm } from './keys.js';

/** Whose bundles are believed. */
export interface BundleTrustOptions {
  /** Several while a key is being replaced. */
  readonly keys: readonly {
    readonly id: string;
    readonly algorithm: SignatureAlgorithm;
    /** PEM. */
    readonly publicKey: string;
  }[];
  /** What the signature must have been made for, such as the name of an installation; compared byte for byte. */
  readonly scope: string;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface TrustedKey {
  readonly id: string;
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
}

const refuse = (message: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', message);
};

/** The keys and the scope that signatures are held against, checked once. Immutable. */
export class BundleTrust {
  readonly scope: string;
  readonly clock: Clock;
  readonly #keys: ReadonlyMap<string, TrustedKey>;

  /** @throws ConfigurationError for a key that is none, or does not fit its algorithm; without a key or a scope. */
  constructor({ keys, scope, clock = systemClock }: BundleTrustOptions) {
    const read = keys.map(({ id, algorithm, publicKey: pem }) => ({
      id: id === '' ? refuse('A key needs an id.') : id,
      algorithm: signatureAlgorithm(algorithm),
      key: publicKey(pem, signatureAlgorithm(algorithm), id),
    }));
    this.#keys = new Map(read.map((key) => [key.id, key]));
    if (this.#keys.size !== keys.length || keys.length === 0)
      refuse('Bundles need at least one key to be verified with, each with an id of its own.');
    if (scope === '') refuse('Bundles need a scope: what their signatures must have been made for.');
    this.scope = scope;
    this.clock = clock;
  }

  /** The key that a token names; of a token that names none, the only one there is. */
  key(named: string | undefined): TrustedKey | undefined {
    if (named !== undefined) return this.#keys.get(named);
    const [only, ...others] = this.#keys.values();
    return others.length === 0 ? only : undefined;
  }
}
