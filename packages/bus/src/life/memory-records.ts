import type { Digest } from '@charterbus/core-models';
import type { Activation } from '@charterbus/policy-client';
import type { Journal } from '../broker/journal.js';
import {
  type ConstitutionRecords,
  type ConstitutionVersion,
  type KeptConstitution,
  rememberedActivations,
  versionKey,
} from './constitution-records.js';

/** Remembers constitutions as long as the process lives. */
export class MemoryRecords implements ConstitutionRecords {
  readonly #journal: Pick<Journal, 'write'>;
  readonly #kept = new Map<string, KeptConstitution>();
  readonly #highest = new Map<string, number>();
  readonly #revoked = new Set<Digest>();
  #history: readonly Activation[] = [];
  #configured: string | undefined;

  constructor(journal: Pick<Journal, 'write'>) {
    this.#journal = journal;
  }

  history(): readonly Activation[] {
    return this.#history;
  }

  highestRevision(name: string): number | undefined {
    return this.#highest.get(name);
  }

  configured(): string | undefined {
    return this.#configured;
  }

  configure(identity: string): Promise<void> {
    this.#configured = identity;
    return Promise.resolve();
  }

  async record(activation: Activation, leaf?: string): Promise<void> {
    if (leaf !== undefined) {
      await this.#journal.write({ kind: 'leaf', subject: leafSubject(activation), text: leaf });
    }
    const { name, revision } = activation;
    this.#history = [...this.#history, activation].slice(-rememberedActivations);
    this.#highest.set(name, Math.max(revision, this.#highest.get(name) ?? 0));
  }

  isRevoked(hash: Digest): boolean {
    return this.#revoked.has(hash);
  }

  revoke(hash: Digest): Promise<void> {
    this.#revoked.add(hash);
    return Promise.resolve();
  }

  keep(version: ConstitutionVersion, kept: KeptConstitution): Promise<void> {
    this.#kept.set(versionKey(version), kept);
    return Promise.resolve();
  }

  kept(version: ConstitutionVersion): KeptConstitution | undefined {
    return this.#kept.get(versionKey(version));
  }

  retain(versions: readonly ConstitutionVersion[]): Promise<void> {
    const wanted = new Set(versions.map(versionKey));
    for (const key of this.#kept.keys()) if (!wanted.has(key)) this.#kept.delete(key);
    return Promise.resolve();
  }
}

/** Under what the leaf of an activation is found, in the place of a message's id. */
export const leafSubject = ({ number }: Activation): string => `activation-${number}`;
