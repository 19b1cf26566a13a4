import type { Clock } from '@charterbus/core-models';
import type { ParsedBreakerPolicy } from './policy.js';

/** Sees the calls of a closed breaker, and says when it is to open. */
export interface Trip {
  success(): void;
  /** Whether to open. */
  failure(): boolean;
  reset(): void;
}

class FailuresInARow implements Trip {
  readonly #most: number;
  #run = 0;

  constructor(most: number) {
    this.#most = most;
  }

  success(): void {
    this.#run = 0;
  }

  failure(): boolean {
    this.#run += 1;
    return this.#run >= this.#most;
  }

  reset(): void {
    this.#run = 0;
  }
}

const bucketCount = 10;

type ShareOptions = Extract<ParsedBreakerPolicy, { readonly share: number }>;

/** Counts by tenths of the window: what it forgets it forgets a tenth at a time. */
class ShareOfFailures implements Trip {
  readonly #options: ShareOptions;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #successes = new Float64Array(bucketCount);
  readonly #failures = new Float64Array(bucketCount);
  #tick = 0;

  constructor(options: ShareOptions, clock: Pick<Clock, 'monotonic'>) {
    this.#options = options;
    this.#clock = clock;
    this.#tick = this.#now();
  }

  success(): void {
    const bucket = this.#bucket();
    this.#successes[bucket] = (this.#successes[bucket] ?? 0) + 1;
  }

  failure(): boolean {
    const bucket = this.#bucket();
    this.#failures[bucket] = (this.#failures[bucket] ?? 0) + 1;
    const failures = this.#failures.reduce((sum, count) => sum + count, 0);
    const calls = this.#successes.reduce((sum, count) => sum + count, failures);
    return calls >= this.#options.leastCalls && failures >= this.#options.share * calls;
  }

  reset(): void {
    this.#successes.fill(0);
    this.#failures.fill(0);
  }

  #now(): number {
    return Math.floor(this.#clock.monotonic() / (this.#options.windowMs / bucketCount));
  }

  #bucket(): number {
    const now = this.#now();
    const passed = Math.min(now - this.#tick, bucketCount);
    for (let step = 1; step <= passed; step += 1) {
      const bucket = (this.#tick + step) % bucketCount;
      this.#successes[bucket] = 0;
      this.#failures[bucket] = 0;
    }
    this.#tick = now;
    return now % bucketCount;
  }
}

export const tripOf = (policy: ParsedBreakerPolicy, clock: Pick<Clock, 'monotonic'>): Trip =>
  'share' in policy ? new ShareOfFailures(policy, clock) : new FailuresInARow(policy.failures);
