import { readFile } from 'node:fs/promises';
import { type Clock, ConfigurationError, type Digest, StoreError, systemClock } from '@charterbus/core-models';
import { ended } from '@charterbus/recovery';
import { errorCodeOf } from '../source/read-plain-file.js';
import {
  type ActivationEntries,
  type ActivationEntry,
  mostRevoked,
  type Rollback,
  readRecordText,
  recordText,
  rollbacksKept,
} from './activation/record-schema.js';
import { bundleError } from './bundle-error.js';
import type { BundleRecord } from './bundle-record.js';
import type { VerifiedBundle } from './verified-bundle.js';
import { writeAtomically } from './write-atomically.js';

/** Which constitution: what the record keeps of one. */
export type ActivatedBundle = Pick<VerifiedBundle, 'name' | 'revision' | 'hash'>;

/** Who goes back to an older revision, and why. */
export interface RollbackBy {
  readonly operator: string;
  readonly reason: string;
}

const none: ActivationEntry = { rollbacks: [], revoked: [] };

const revokedOf = ({ revoked }: ActivationEntry, added: readonly Digest[]): string[] => {
  const all = [...new Set([...revoked, ...added])];
  if (all.length <= mostRevoked) return all;
  throw new StoreError(
    'STORE_WRITE_REFUSED',
    `The record of activations holds ${mostRevoked} revocations of a name at most.`,
  );
};

const readRecord = async (path: string): Promise<ActivationEntries> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    // Nothing was ever in force here.
    if (errorCodeOf(cause) === 'ENOENT') return {};
    const message = `The record of activations cannot be read (${errorCodeOf(cause)}).`;
    throw new StoreError('STORE_UNAVAILABLE', message, { cause });
  }
  try {
    return readRecordText(text);
  } catch (cause) {
    const message =
      'The record of activations is damaged, so nothing may be put in force. Put it back from a backup, or delete it to give up the protection against older revisions.';
    throw new StoreError('STORE_CORRUPT', message, { cause });
  }
};

/**
 * What was ever in force, per name of a constitution, on disk: so that an older revision is not put in force again by
 * whoever controls a source, a cache or the wire, and what was revoked stays revoked. One process may have it open.
 */
export class ActivationRecord implements BundleRecord {
  readonly #path: string;
  readonly #clock: Clock;
  #entries: ActivationEntries;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, entries: ActivationEntries, clock: Clock) {
    this.#path = path;
    this.#entries = entries;
    this.#clock = clock;
  }

  /**
   * @param path a file in a directory that is there; the file need not be.
   * @throws StoreError `STORE_CORRUPT` for a damaged record, `STORE_UNAVAILABLE` where it cannot be read. Nothing may be
   * put in force then.
   */
  static async open(path: string, { clock = systemClock }: { readonly clock?: Clock } = {}): Promise<ActivationRecord> {
    return new ActivationRecord(path, await readRecord(path), clock);
  }

  /** The newest revision of a name that ever was in force. */
  readHighest(name: string): ActivatedBundle | undefined {
    const { highest } = this.#entry(name);
    return highest === undefined ? undefined : { name, ...highest };
  }

  /** The one of a name that was put in force last. */
  readActivated(name: string): ActivatedBundle | undefined {
    const { activated } = this.#entry(name);
    return activated === undefined ? undefined : { name, ...activated };
  }

  /** The rollbacks of a name that are remembered, oldest first. */
  readRollbacks(name: string): readonly Rollback[] {
    return this.#entry(name).rollbacks;
  }

  isRevoked(name: string, hash: Digest): boolean {
    return this.#entry(name).revoked.includes(hash);
  }

  /** @throws ConstitutionalError `BUNDLE_REVOKED` or `BUNDLE_STALE` for what may not be put in force without an operator. */
  checkMayActivate({ name, revision, hash }: ActivatedBundle): void {
    this.#checkNotRevoked({ name, revision, hash });
    const { highest, activated } = this.#entry(name);
    if (highest === undefined || revision > highest.revision) return;
    if (hash === activated?.hash) return;
    const refuse = (why: string): never => {
      throw bundleError('BUNDLE_STALE', `${name} revision ${revision} ${why}.`, {
        name,
        revision,
        highest: highest.revision,
      });
    };
    if (revision < highest.revision) refuse(`is older than revision ${highest.revision}, which was in force`);
    if (hash !== highest.hash) refuse('is not the one of this revision that was in force');
    refuse('was rolled back by an operator, who alone may bring it back');
  }

  /** To be called before the constitution is in force: what is not on disk did not happen. */
  recordActivated(activation: ActivatedBundle): Promise<void> {
    return this.#write(activation.name, (entry) => {
      this.checkMayActivate(activation);
      const now = { revision: activation.revision, hash: activation.hash };
      const { highest } = entry;
      return {
        ...entry,
        activated: now,
        highest: highest === undefined || now.revision > highest.revision ? now : highest,
      };
    });
  }

  /**
   * An operator's decision for one that `checkMayActivate` refuses as stale, also for the newest after a rollback. Until a
   * newer one than all is activated, or the operator decides again, sources cannot bring back another.
   */
  recordRollback(activation: ActivatedBundle, { operator, reason }: RollbackBy): Promise<void> {
    if (operator.trim() === '' || reason.trim() === '') {
      throw new ConfigurationError('CONFIGURATION_INVALID', 'A rollback needs an operator and a reason.');
    }
    return this.#write(activation.name, (entry) => {
      this.#checkNotRevoked(activation);
      const to = { revision: activation.revision, hash: activation.hash };
      const from = entry.activated ?? to;
      const highest = entry.highest === undefined || to.revision > entry.highest.revision ? to : entry.highest;
      const rollback = { from, to, operator, reason, at: new Date(this.#clock.now()).toISOString() };
      return { ...entry, highest, activated: to, rollbacks: [...entry.rollbacks, rollback].slice(-rollbacksKept) };
    });
  }

  /** @returns those that were not revoked before. */
  async recordRevoked(name: string, hashes: readonly Digest[]): Promise<readonly Digest[]> {
    const added = [...new Set(hashes)].filter((hash) => !this.isRevoked(name, hash));
    if (added.length > 0) {
      await this.#write(name, (entry) => ({ ...entry, revoked: revokedOf(entry, added) }));
    }
    return added;
  }

  #entry(name: string): ActivationEntry {
    return Object.hasOwn(this.#entries, name) ? (this.#entries[name] ?? none) : none;
  }

  #checkNotRevoked({ name, revision, hash }: ActivatedBundle): void {
    if (!this.isRevoked(name, hash)) return;
    throw bundleError('BUNDLE_REVOKED', `${name} revision ${revision} was revoked.`, { name, revision });
  }

  /** One after the other, and seen only once it is on disk. */
  #write(name: string, change: (entry: ActivationEntry) => ActivationEntry): Promise<void> {
    const written = this.#writing.then(async () => {
      const entries = { ...this.#entries, [name]: change(this.#entry(name)) };
      await this.#save(entries);
      this.#entries = entries;
    });
    this.#writing = ended(written);
    return written;
  }

  async #save(entries: ActivationEntries): Promise<void> {
    try {
      await writeAtomically(this.#path, recordText(entries));
    } catch (cause) {
      const message = `The record of activations cannot be written (${errorCodeOf(cause)}).`;
      throw new StoreError('STORE_UNAVAILABLE', message, { cause });
    }
  }
}
