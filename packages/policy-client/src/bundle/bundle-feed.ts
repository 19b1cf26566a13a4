import {
  CharterbusError,
  type Digest,
  type ErrorCode,
  type RandomSource,
  systemRandom,
  systemTimers,
  type Timers,
  toCharterbusError,
} from '@charterbus/core-models';
import { bundleError } from './bundle-error.js';
import type { BundleRecord } from './bundle-record.js';
import { checkStatus, revokedBy } from './bundle-status.js';
import { type BundleSource, saysTheSame } from './sources/bundle-source.js';
import type { BundleShelf } from './sources/kept-bundle.js';
import { backoff, pause } from './sources/pause.js';
import type { VerifiedBundle } from './verified-bundle.js';

export type BundleOrigin = 'cache' | 'primary' | 'fallback' | 'last-known-good';

/** What a feed tells, in the order in which it happened. */
export type BundleEvent =
  /** It may be in force: verified, published or deprecated, neither revoked nor older than what was in force. */
  | { readonly kind: 'bundle'; readonly bundle: VerifiedBundle; readonly from: BundleOrigin }
  /** What has this hash must not be in force any longer. Told once, and recorded before where the disk lets it. */
  | { readonly kind: 'revoked'; readonly name: string; readonly hash: Digest; readonly source: string }
  /** A source has nothing that may be in force, or cannot be reached. What is in force stays. */
  | { readonly kind: 'refused'; readonly source: string; readonly error: CharterbusError };

export interface BundleFeedOptions {
  /** The name of the constitution; a bundle of another is refused, whoever signed it. */
  readonly constitution: string;
  readonly primary: BundleSource;
  /** Asked in order, while the primary gives nothing. */
  readonly fallbacks?: readonly BundleSource[];
  readonly record: BundleRecord;
  /** Where the last that came and the last that was good are kept; without, nothing is. */
  readonly kept?: BundleShelf;
  /** How long after a failure the primary is asked again, twice as long each time. Default from 1,000 to 60,000. */
  readonly retryMilliseconds?: { readonly first: number; readonly most: number };
  /** Default: the system's. */
  readonly timers?: Timers;
  /** Default: the system's. */
  readonly random?: RandomSource;
}

interface Candidate {
  readonly from: BundleOrigin;
  readonly source: string;
  readonly read: (signal: AbortSignal) => Promise<VerifiedBundle>;
}

/** That a bundle which was told is not in force after all. */
interface Rejection {
  readonly bundle: VerifiedBundle;
  readonly error: CharterbusError;
}

/** More than a publisher signs wrongly before anybody looks. */
const rejectionsKept = 16;

/** What is wrong with the bundle itself, which another attempt would find again. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  'CONSTITUTION_INVALID',
  'CONSTITUTION_TESTS_FAILED',
  'CONSTITUTION_OUTDATED',
  'BUNDLE_INVALID',
  'BUNDLE_SIGNATURE_INVALID',
  'BUNDLE_REVOKED',
]);

/**
 * Bundles from several sources, one after the other: what is kept from the primary, the primary, the fallbacks, the last
 * known good. Each is taken only if its own signature verifies and it may be in force. It is pulled: nothing is asked for
 * while whoever consumes it is busy with the event before.
 */
export class BundleFeed {
  readonly #options: BundleFeedOptions &
    Required<Pick<BundleFeedOptions, 'fallbacks' | 'retryMilliseconds' | 'timers' | 'random'>>;
  /** What the primary gave last, good or not. */
  #known: VerifiedBundle | undefined;
  /** What was told to be revoked since this feed began, recorded or not. */
  readonly #revoked = new Set<Digest>();
  /** What was offered last as good. */
  #offered: VerifiedBundle | undefined;
  /** What whoever consumes this could not put in force, and would not be able to the next time. */
  #rejected: readonly Rejection[] = [];
  /** Of the event that is being consumed. */
  #rejection: Rejection | undefined;

  constructor(options: BundleFeedOptions) {
    const defaults = {
      fallbacks: [],
      timers: systemTimers,
      random: systemRandom,
      retryMilliseconds: { first: 1_000, most: 60_000 },
    };
    this.#options = { ...defaults, ...options };
  }

  /** First the best that there is now, then whatever is new, until the signal is aborted. To be iterated once at a time. */
  async *events(signal: AbortSignal): AsyncGenerator<BundleEvent, void, undefined> {
    try {
      yield* this.#start(signal);
      yield* this.#follow(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** To be told once a bundle is in force, so that it is there when nothing else is. */
  async keepAsGood(bundle: VerifiedBundle): Promise<void> {
    await this.#options.kept?.keep('last-known-good', bundle);
  }

  /**
   * To be told, before the next event is asked for, of the bundle that was told last where it cannot be in force after
   * all. It is then told as refused, the next source is asked, and it is offered again only where the error may pass.
   */
  reject(bundle: VerifiedBundle, error: CharterbusError): void {
    this.#rejection = { bundle, error };
  }

  #candidates(): readonly Candidate[] {
    const { kept, primary, fallbacks, constitution } = this.#options;
    const onDisk = (from: 'cache' | 'last-known-good'): readonly Candidate[] =>
      kept === undefined ? [] : [{ from, source: from, read: (signal) => kept.read(from, constitution, signal) }];
    const asked = (from: BundleOrigin, source: BundleSource): Candidate => ({
      from,
      source: source.name,
      read: (signal) => source.next(undefined, signal),
    });
    return [
      ...onDisk('cache'),
      asked('primary', primary),
      ...fallbacks.map((source) => asked('fallback', source)),
      ...onDisk('last-known-good'),
    ];
  }

  async *#start(signal: AbortSignal): AsyncGenerator<BundleEvent, void, undefined> {
    for (const candidate of this.#candidates()) {
      yield* this.#try(candidate, signal);
      if (this.#offered !== undefined) return;
    }
    const message = 'no source has one that may be in force.';
    yield { kind: 'refused', source: 'all', error: bundleError('BUNDLE_UNAVAILABLE', message) };
  }

  async *#follow(signal: AbortSignal): AsyncGenerator<BundleEvent, void, undefined> {
    const { primary, fallbacks, retryMilliseconds, timers, random } = this.#options;
    for (let failures = 0; ; ) {
      const known = this.#known;
      const reached = yield* this.#try(
        { from: 'primary', source: primary.name, read: (until) => primary.next(known, until) },
        signal,
      );
      if (reached) {
        failures = 0;
        continue;
      }
      failures += 1;
      for (const source of fallbacks) {
        yield* this.#try(
          { from: 'fallback', source: source.name, read: (until) => source.next(undefined, until) },
          signal,
        );
      }
      await pause(backoff(failures, retryMilliseconds, random), timers, signal);
    }
  }

  /** @returns whether the source gave a bundle that verified, whatever it is worth. */
  async *#try({ from, source, read }: Candidate, signal: AbortSignal): AsyncGenerator<BundleEvent, boolean, undefined> {
    try {
      const bundle = await read(signal);
      if (from === 'primary') this.#known = bundle;
      yield* this.#take(bundle, from, source);
      return true;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!CharterbusError.isInstance(thrown)) throw thrown;
      yield { kind: 'refused', source, error: thrown };
      return false;
    }
  }

  async *#take(
    bundle: VerifiedBundle,
    from: BundleOrigin,
    source: string,
  ): AsyncGenerator<BundleEvent, void, undefined> {
    const { constitution, record } = this.#options;
    if (bundle.name !== constitution) {
      throw bundleError('BUNDLE_INVALID', `it is of the constitution ${bundle.name}, not of ${constitution}.`);
    }
    yield* this.#revoke(revokedBy(bundle), source);
    if (this.#offered !== undefined && saysTheSame(this.#offered, bundle)) return;
    checkStatus(bundle);
    this.#checkNotRevoked(bundle);
    record.checkMayActivate(bundle);
    const known = this.#rejected.find((rejection) => saysTheSame(rejection.bundle, bundle));
    if (known !== undefined) throw known.error;
    const before = this.#offered;
    this.#offered = bundle;
    if (from === 'primary' || from === 'fallback') yield* this.#cache(bundle);
    this.#rejection = undefined;
    yield { kind: 'bundle', bundle, from };
    this.#checkRejection(bundle, before);
  }

  #checkRejection(bundle: VerifiedBundle, before: VerifiedBundle | undefined): void {
    const rejection = this.#rejection;
    this.#rejection = undefined;
    if (rejection?.bundle !== bundle) return;
    if (this.#offered === bundle) this.#offered = before;
    // What may pass is asked for again, in full.
    if (lasting.has(rejection.error.code)) this.#rejected = [...this.#rejected, rejection].slice(-rejectionsKept);
    else this.#known = undefined;
    throw rejection.error;
  }

  /** What cannot be recorded is revoked all the same; it is asked for again then, to be recorded. */
  async *#revoke(hashes: readonly Digest[], source: string): AsyncGenerator<BundleEvent, void, undefined> {
    const { constitution, record } = this.#options;
    const told = hashes.filter((hash) => !record.isRevoked(constitution, hash) && !this.#revoked.has(hash));
    const [recorded] = await Promise.allSettled([record.recordRevoked(constitution, hashes, source)]);
    for (const hash of new Set(told)) {
      this.#revoked.add(hash);
      if (this.#offered?.hash === hash) this.#offered = undefined;
      yield { kind: 'revoked', name: constitution, hash, source };
    }
    if (recorded.status === 'fulfilled') return;
    this.#known = undefined;
    throw toCharterbusError(recorded.reason);
  }

  /** For what the disk did not take. */
  #checkNotRevoked({ name, revision, hash }: VerifiedBundle): void {
    if (this.#revoked.has(hash))
      throw bundleError('BUNDLE_REVOKED', `${name} revision ${revision} was revoked.`, { name, revision });
  }

  /** A bundle that cannot be kept is as good as any other; only the next start is the worse for it. */
  async *#cache(bundle: VerifiedBundle): AsyncGenerator<BundleEvent, void, undefined> {
    try {
      await this.#options.kept?.keep('cache', bundle);
    } catch (thrown) {
      yield { kind: 'refused', source: 'cache', error: toCharterbusError(thrown) };
    }
  }
}
