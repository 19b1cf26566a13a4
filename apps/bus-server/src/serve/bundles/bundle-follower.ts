import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  ConstitutionOperations,
  ConstitutionOrigin,
  ConstitutionRecords,
  OfferedConstitution,
} from '@charterbus/bus';
import {
  type BundleConfiguration,
  CharterbusError,
  ConstitutionalError,
  type ConstitutionFile,
  toCharterbusError,
} from '@charterbus/core-models';
import {
  type BundleEvent,
  BundleFeed,
  type BundleOrigin,
  type BundleTrust,
  type VerifiedBundle,
} from '@charterbus/policy-client';
import type { Logger } from 'pino';
import { type Admission, admissionBy } from './admission.js';
import { BundleReports } from './bundle-reports.js';
import { ServerBundles } from './kept-bundles.js';
import { LifeRecord } from './life-record.js';
import { readTrust } from './read-trust.js';
import { type ServedSources, sourcesOf } from './sources.js';

export interface FollowerParts {
  readonly configuration: BundleConfiguration;
  readonly dataDirectory: string;
  readonly trust: BundleTrust | 'unsigned';
  readonly sources: ServedSources;
  readonly logger: Logger;
}

interface Told {
  readonly bundle: VerifiedBundle;
  readonly from: BundleOrigin;
}

const restartMs = 10_000;

const filesOf = ({ files, statement }: VerifiedBundle): readonly ConstitutionFile[] => [...files, ...statement];

const decided = ({ source, status, signedBy }: VerifiedBundle) => ({
  by: `bundles: ${source}`,
  why: signedBy === undefined ? `${status}, not signed` : `${status}, signed by ${signedBy}`,
});

/**
 * Follows the sources of bundles: offers a bus what it may begin with, then puts in force what is newer and takes out what
 * is revoked. What a source has wrong is reported, and what is in force stays.
 */
export class BundleFollower implements ConstitutionOrigin, AsyncDisposable {
  readonly trust: BundleTrust | 'unsigned';
  readonly admit: Admission;
  readonly reports: BundleReports;
  readonly constitution: string;
  readonly #parts: FollowerParts;
  readonly #ending = new AbortController();
  #record: LifeRecord | undefined;
  #feed!: BundleFeed;
  #events!: AsyncGenerator<BundleEvent, void, undefined>;
  #first: Told | undefined;
  #following: Promise<void> | undefined;

  constructor(parts: FollowerParts) {
    const { trust, configuration, logger } = parts;
    this.#parts = parts;
    this.trust = trust;
    this.constitution = configuration.constitution;
    this.admit = admissionBy(trust, configuration.constitution);
    this.reports = new BundleReports(logger);
  }

  /** @throws ConfigurationError where keys or places cannot be what they are said to be. */
  static async open(
    configuration: BundleConfiguration,
    dataDirectory: string,
    logger: Logger,
  ): Promise<BundleFollower> {
    const trust = await readTrust(configuration);
    const sources = await sourcesOf(configuration, trust);
    return new BundleFollower({ configuration, dataDirectory, trust, sources, logger });
  }

  /** @throws ConstitutionalError `BUNDLE_UNAVAILABLE` where no source has one that may be in force. */
  async *offers(records: ConstitutionRecords): AsyncIterable<OfferedConstitution> {
    await this.#begin(records);
    const refused: string[] = [];
    for (;;) {
      const { value: event } = await this.#events.next();
      if (event === undefined) return;
      if (event.kind === 'bundle') yield this.#offer(event);
      else this.reports.tell(event);
      if (event.kind !== 'refused') continue;
      if (event.source === 'all') throw nothingMayBe(refused);
      refused.push(`${event.source} (${event.error.code})`);
    }
  }

  /** From here on the bus runs, with the one that was offered last. */
  follow(operations: ConstitutionOperations): void {
    const first = this.#first;
    if (first !== undefined) this.reports.took(first.bundle, first.from);
    this.#record?.follow(operations);
    this.#following = this.#follow(operations);
  }

  /** Ends with what is under way. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#following;
    await this.#events?.return();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(records: ConstitutionRecords): Promise<void> {
    const { dataDirectory, sources, trust } = this.#parts;
    const directory = join(dataDirectory, 'bundles');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const record = new LifeRecord(records);
    this.#record = record;
    const kept = new ServerBundles(directory, trust, record);
    this.#feed = new BundleFeed({ constitution: this.constitution, ...sources, record, kept });
    this.#events = this.#feed.events(this.#ending.signal);
  }

  #offer({ bundle, from }: Told): OfferedConstitution {
    this.#first = { bundle, from };
    return { files: filesOf(bundle), ...decided(bundle), refuse: (error) => this.#feed.reject(bundle, error) };
  }

  async #follow(operations: ConstitutionOperations): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        for await (const event of this.#events) {
          if (event.kind === 'bundle') await this.#take(event, operations);
          else this.reports.tell(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.reports.stopped(error);
        await wait(restartMs, undefined, { signal }).catch(() => undefined);
      }
      this.#events = this.#feed.events(signal);
    }
  }

  async #take({ bundle, from }: Told, operations: ConstitutionOperations): Promise<void> {
    try {
      const { kind, hash } = operations.activation;
      if (hash !== bundle.hash || kind === 'revoke') await this.#activate(bundle, operations);
      this.reports.took(bundle, from);
    } catch (error) {
      this.#feed.reject(bundle, toCharterbusError(error));
    }
  }

  async #activate(bundle: VerifiedBundle, operations: ConstitutionOperations): Promise<void> {
    const { by, why } = decided(bundle);
    const { hash } = await operations.stage(filesOf(bundle), { by });
    try {
      await operations.activate(hash, { by, why });
    } catch (error) {
      forget(hash, operations);
      throw error;
    }
  }
}

/** An operator may have been faster. */
const forget = (hash: string, operations: ConstitutionOperations): void => {
  try {
    operations.unstage(hash);
  } catch (error) {
    if (!CharterbusError.isInstance(error)) throw error;
  }
};

const nothingMayBe = (refused: readonly string[]): ConstitutionalError =>
  new ConstitutionalError(
    'BUNDLE_UNAVAILABLE',
    `No source has a bundle that may be in force: ${refused.join(', ')}. The log says why.`,
  );
