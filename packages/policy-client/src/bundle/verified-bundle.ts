import type { ConstitutionFile, Digest } from '@charterbus/core-models';

/** Where a bundle stands in its life, as its publisher states it under the signature. */
export const bundleStatuses = ['draft', 'pending_review', 'approved', 'published', 'deprecated', 'revoked'] as const;
export type BundleStatus = (typeof bundleStatuses)[number];

/** A constitution that came as a bundle, after everything that its signature covers was checked. Immutable. */
export interface VerifiedBundle {
  /** The constitution's files: without `.manifest` and `.signatures.json`, the same as those of the directory it was built from. */
  readonly files: readonly ConstitutionFile[];
  /** `.manifest` and `.signatures.json`, as far as they are there: with the files, enough to verify it again. */
  readonly statement: readonly ConstitutionFile[];
  /** Of the constitution's manifest. */
  readonly name: string;
  readonly revision: number;
  /** The full constitutional hash. */
  readonly hash: Digest;
  readonly status: BundleStatus;
  /** Full hashes of constitutions of this name that must not be in force any more. */
  readonly revokes: readonly Digest[];
  /** The id of the key whose signature verified; absent where the configuration asks for no signature. */
  readonly signedBy?: string;
  /** The name of the source that it came from. */
  readonly source: string;
  /** The `tar.gz` as it came, to be kept and verified again; absent for a directory without a signature. */
  readonly container?: Uint8Array;
}
