import type { ConstitutionOperations, ConstitutionRecords } from '@charterbus/bus';
import { ConstitutionalError, type Digest } from '@charterbus/core-models';
import type { Activation, BundleRecord, VerifiedBundle } from '@charterbus/policy-client';

type Version = Pick<VerifiedBundle, 'name' | 'revision' | 'hash'>;

/** What was loaded last: what a revocation leaves in force is nothing that could be loaded. */
export const lastLoaded = (history: readonly Activation[]): Activation | undefined => {
  const newest = history.at(-1);
  return history.findLast(({ kind, hash }) => kind !== 'revoke' && hash === newest?.hash) ?? newest;
};

const stale = ({ name, revision }: Version, why: string): ConstitutionalError =>
  new ConstitutionalError('BUNDLE_STALE', `The bundle: ${name} revision ${revision} ${why}.`, {
    details: { name, revision },
  });

/**
 * What a feed asks of the past, answered by the bus' own history: there is no second record that could say otherwise.
 * Until the bus runs, a revocation is written down; from then on it takes effect too.
 */
export class LifeRecord implements BundleRecord {
  readonly #records: ConstitutionRecords;
  #operations: ConstitutionOperations | undefined;

  constructor(records: ConstitutionRecords) {
    this.#records = records;
  }

  get records(): ConstitutionRecords {
    return this.#records;
  }

  /** From here on the bus runs. */
  follow(operations: ConstitutionOperations): void {
    this.#operations = operations;
  }

  isRevoked(_name: string, hash: Digest): boolean {
    return this.#records.isRevoked(hash);
  }

  checkMayActivate(bundle: Version): void {
    const { name, revision, hash } = bundle;
    if (this.#records.isRevoked(hash)) {
      throw new ConstitutionalError('BUNDLE_REVOKED', `The bundle: ${name} revision ${revision} was revoked.`, {
        details: { name, revision },
      });
    }
    const highest = this.#records.highestRevision(name) ?? 0;
    const history = this.#records.history();
    if (revision > highest || lastLoaded(history)?.hash === hash) return;
    if (revision < highest) throw stale(bundle, `is older than revision ${highest}, which was in force`);
    throw history.some((activation) => activation.hash === hash)
      ? stale(bundle, 'was taken back by an operator, who alone may bring it back')
      : stale(bundle, 'is not the one of this revision that was in force');
  }

  async recordRevoked(_name: string, hashes: readonly Digest[], source: string): Promise<void> {
    for (const hash of hashes) await this.#revoke(hash, source);
  }

  async #revoke(hash: Digest, source: string): Promise<void> {
    const operations = this.#operations;
    if (operations === undefined) {
      if (!this.#records.isRevoked(hash)) await this.#records.revoke(hash);
      return;
    }
    const { kind, hash: inForce } = operations.activation;
    if (this.#records.isRevoked(hash) && (inForce !== hash || kind === 'revoke')) return;
    await operations.revoke(hash, { by: `bundles: ${source}`, why: 'revoked by its publisher' });
  }
}
