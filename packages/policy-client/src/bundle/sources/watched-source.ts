import { systemTimers, type Timers } from '@charterbus/core-models';
import { errorCodeOf } from '../../source/read-plain-file.js';
import { bundleError } from '../bundle-error.js';
import type { VerifiedBundle } from '../verified-bundle.js';
import { type BundleSource, saysTheSame } from './bundle-source.js';
import { ChangeWatch, type ChangeWatchOptions } from './change-watch.js';
import { pause } from './pause.js';

export interface WatchOptions {
  /** Default: the system's. */
  readonly timers?: Timers;
  /** How long nothing must have changed before it is read again. Default 200. */
  readonly settleMilliseconds?: number;
  /** It is read again after so long even where the file system tells of no change. Default 60,000. */
  readonly recheckMilliseconds?: number;
}

export interface Watched {
  readonly name: string;
  readonly read: (signal: AbortSignal) => Promise<VerifiedBundle>;
  readonly place: Pick<ChangeWatchOptions, 'path' | 'matters' | 'recursive'>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Something on this machine's disk, read when it changes. A failure is told once, and then nothing until it changes. */
export class WatchedSource implements BundleSource {
  readonly #watched: Watched;
  readonly #options: Required<WatchOptions>;
  #told: string | undefined;

  constructor(watched: Watched, options: WatchOptions) {
    this.#watched = watched;
    this.#options = { timers: systemTimers, settleMilliseconds: 200, recheckMilliseconds: 60_000, ...options };
  }

  get name(): string {
    return this.#watched.name;
  }

  async next(known: VerifiedBundle | undefined, signal: AbortSignal): Promise<VerifiedBundle> {
    if (known === undefined) return this.#watched.read(signal);
    for (;;) {
      using changes = this.#watch();
      const bundle = await this.#readSettled(changes, signal);
      if (bundle !== undefined && !saysTheSame(bundle, known)) return bundle;
      await changes.settled(signal);
    }
  }

  #watch(): ChangeWatch {
    try {
      return new ChangeWatch({ ...this.#watched.place, ...this.#options });
    } catch (cause) {
      throw bundleError('BUNDLE_UNAVAILABLE', `its place cannot be watched (${errorCodeOf(cause)}).`, { cause });
    }
  }

  /** Nothing where it was told already what is wrong, or where somebody is still writing. */
  async #readSettled(changes: ChangeWatch, signal: AbortSignal): Promise<VerifiedBundle | undefined> {
    try {
      const bundle = await this.#watched.read(signal);
      this.#told = undefined;
      return bundle;
    } catch (error) {
      await pause(this.#options.settleMilliseconds, this.#options.timers, signal);
      if (changes.touched || this.#told === messageOf(error)) return undefined;
      this.#told = messageOf(error);
      throw error;
    }
  }
}
