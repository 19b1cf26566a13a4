import type { Digest } from '@charterbus/core-models';
import type { VerifiedBundle } from './verified-bundle.js';

/**
 * What was in force and what was revoked, as far as a feed asks: an `ActivationRecord` where there is nothing else, or
 * whatever remembers activations anyway. There should be one.
 */
export interface BundleRecord {
  isRevoked(name: string, hash: Digest): boolean;
  /** @throws ConstitutionalError `BUNDLE_REVOKED` or `BUNDLE_STALE` for what may not be put in force without an operator. */
  checkMayActivate(bundle: Pick<VerifiedBundle, 'name' | 'revision' | 'hash'>): void;
  /** Makes it durable that these are never in force again. Those that are recorded already are stated too. */
  recordRevoked(name: string, hashes: readonly Digest[], source: string): Promise<unknown>;
}
