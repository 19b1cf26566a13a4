import type { Digest, RandomSource, Verdict } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import type { LoadedConstitution } from './loaded-constitution.js';
import { type Difference, type DifferentCase, differs, VerdictDifferences } from './verdict-differences.js';

/** Which message a difference is about. */
export interface ShadowedMessage {
  readonly message: string;
  readonly tenant: string;
  readonly from: string;
  readonly type: string;
}

/** A message that was judged, to be judged once more under another constitution. */
export interface ShadowCase {
  readonly about: ShadowedMessage;
  /** One for each recipient, or for the address. */
  readonly before: readonly Verdict[];
  /** The same as `before`, in its order, under the constitution that is handed in. */
  readonly judge: (constitution: Constitution, signal: AbortSignal) => Promise<readonly Verdict[]>;
}

/** What a staged constitution would have decided otherwise. */
export interface ShadowReport {
  readonly hash: Digest;
  /** The hash of the constitution in force that it is compared with. */
  readonly against: Digest;
  /** RFC 3339. */
  readonly since: string;
  /** Messages that were judged under both. */
  readonly judged: number;
  /** Messages that were not, since too many were waiting. */
  readonly dropped: number;
  /** Messages of which the second judgement failed. */
  readonly failed: number;
  /** Messages with a verdict that differs. */
  readonly different: number;
  readonly differences: readonly Difference[];
  /** Differences beyond the kinds that are listed. */
  readonly others: number;
  readonly samples: readonly DifferentCase<ShadowedMessage>[];
}

export interface ShadowOptions {
  readonly random: RandomSource;
  readonly against: Digest;
  readonly since: string;
  /** Messages that may wait. Default 1,000. */
  readonly waiting?: number;
}

const defaultWaiting = 1_000;
/** Messages that are judged before others get their turn: about a millisecond's worth. */
const casesPerTurn = 16;

const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/**
 * Judges what was judged once more under a staged constitution, one message at a time, a few in each turn. Nobody waits
 * for it; what comes faster than it works is dropped and counted. Nothing that it does or suffers is told to
 * anybody but its report.
 */
export class Shadow {
  readonly #loaded: LoadedConstitution;
  readonly #options: ShadowOptions;
  readonly #differences: VerdictDifferences<ShadowedMessage>;
  readonly #waiting: ShadowCase[] = [];
  readonly #closing = new AbortController();
  readonly #counts = { judged: 0, dropped: 0, failed: 0, different: 0 };
  #running: Promise<void> | undefined;

  constructor(loaded: LoadedConstitution, options: ShadowOptions) {
    this.#loaded = loaded;
    this.#options = options;
    this.#differences = new VerdictDifferences(options.random);
  }

  /** Never throws, and only puts it into a list. */
  offer(one: ShadowCase): void {
    if (this.#closing.signal.aborted) return;
    if (this.#waiting.length >= (this.#options.waiting ?? defaultWaiting)) {
      this.#counts.dropped += 1;
      return;
    }
    this.#waiting.push(one);
    this.#running ??= this.#run();
  }

  get report(): ShadowReport {
    const { against, since } = this.#options;
    const { kinds, others, samples } = this.#differences;
    const { hash } = this.#loaded.constitution;
    return { hash, against, since, ...this.#counts, differences: kinds, others, samples };
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** What waits is dropped; what is under way goes nowhere. */
  close(): void {
    this.#waiting.length = 0;
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn();
      for (const one of this.#waiting.splice(0, casesPerTurn)) await this.#judge(one);
    }
    this.#running = undefined;
  }

  async #judge({ about, before, judge }: ShadowCase): Promise<void> {
    this.#loaded.enter();
    try {
      const after = await judge(this.#loaded.constitution, this.#closing.signal);
      if (!this.#closing.signal.aborted) this.#compare(about, before, after);
    } catch {
      // Whoever only watches has nobody to tell but the report.
      this.#counts.failed += 1;
    } finally {
      this.#loaded.leave();
    }
  }

  #compare(about: ShadowedMessage, before: readonly Verdict[], after: readonly Verdict[]): void {
    const pairs = before.flatMap((was, at) => {
      const is = after[at];
      return is !== undefined && differs(was, is) ? [{ was, is }] : [];
    });
    this.#counts.judged += 1;
    if (pairs.length > 0) this.#counts.different += 1;
    for (const { was, is } of pairs) this.#differences.add(about, was, is);
  }
}
