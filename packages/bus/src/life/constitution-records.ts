import type { ConstitutionFile, Digest } from '@charterbus/core-models';
import type { Activation } from '@charterbus/policy-client';

/** All that a constitution is loaded from again. */
export interface KeptConstitution {
  readonly files: readonly ConstitutionFile[];
  /** External data, `<slot>.json` each. */
  readonly slots: readonly ConstitutionFile[];
}

/** A constitution with the data that it was given. */
export interface ConstitutionVersion {
  readonly hash: Digest;
  readonly dataVersion: Digest;
}

/** A text for each version; hashes hold no colon. */
export const versionKey = ({ hash, dataVersion }: ConstitutionVersion): string => `${hash}:${dataVersion}`;

/** Activations that are looked at after a start. */
export const rememberedActivations = 100;

/** Puts in force here what another process has put in force; nothing where that is known already. */
export type FollowActivation = (activation: Activation) => Promise<unknown>;

/** What is remembered of constitutions: which were in force, in which order, and what they were made of. */
export interface ConstitutionRecords {
  /** The newest hundred, oldest first. */
  history(): readonly Activation[];
  /** Of all that were ever in force under this name. */
  highestRevision(name: string): number | undefined;
  /** What the last start was configured with, as it was told `configure`. */
  configured(): string | undefined;
  configure(identity: string): Promise<void>;
  /** Commits the activation and its leaf in the audit log, where it has one, together. */
  record(activation: Activation, leaf?: string): Promise<void>;
  /** Of these hashes nothing may be in force again. */
  isRevoked(hash: Digest): boolean;
  revoke(hash: Digest): Promise<void>;
  keep(version: ConstitutionVersion, kept: KeptConstitution): Promise<void>;
  kept(version: ConstitutionVersion): KeptConstitution | undefined;
  /** Forgets the files of every version but these. */
  retain(versions: readonly ConstitutionVersion[]): Promise<void>;
  /** Where several processes share the records: takes what is to be told of activations elsewhere, in their order. */
  follow?(follow: FollowActivation): void;
}
