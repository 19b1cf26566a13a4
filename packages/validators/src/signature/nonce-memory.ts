import { type Clock, ConfigurationError } from '@charterbus/core-models';

/** What was signed once and must not come again. */
export interface NonceMemory {
  /** Signatures from before this moment are not remembered, in milliseconds since the epoch; absent where all are. */
  readonly since?: number;
  /** Whether it was new. From now until the moment given it is not. */
  remember(key: string, untilMs: number): boolean | Promise<boolean>;
}

export interface NonceMemoryOptions {
  /** How many are remembered at a time. */
  readonly entries?: number;
  readonly clock: Clock;
}

/**
 * Remembers in this process. Where it is full it takes nothing for new until something has run out: it refuses rather than
 * forgets. It knows nothing of what was before it was made.
 */
export class BoundedNonceMemory implements NonceMemory {
  readonly since: number;
  readonly #entries: number;
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();
  /** Keys by the second after which they run out, so that what has run out is found without looking at the rest. */
  readonly #seconds = new Map<number, string[]>();
  #swept = Number.NEGATIVE_INFINITY;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` where it may remember nothing. */
  constructor({ entries = 100_000, clock }: NonceMemoryOptions) {
    if (!(Number.isSafeInteger(entries) && entries > 0)) {
      throw new ConfigurationError('CONFIGURATION_INVALID', 'A memory of nonces has room for at least one.');
    }
    this.since = clock.now();
    this.#entries = entries;
    this.#clock = clock;
  }

  remember(key: string, untilMs: number): boolean {
    this.#sweep(Math.floor(this.#clock.now() / 1000));
    if (this.#until.has(key) || this.#until.size >= this.#entries) return false;
    this.#until.set(key, untilMs);
    const second = Math.floor(untilMs / 1000);
    const together = this.#seconds.get(second);
    if (together === undefined) this.#seconds.set(second, [key]);
    else together.push(key);
    return true;
  }

  /** Once a second at most: the seconds are as many as the window is long. */
  #sweep(now: number): void {
    if (now <= this.#swept) return;
    this.#swept = now;
    for (const [second, keys] of this.#seconds) {
      if (second >= now) continue;
      for (const key of keys) this.#until.delete(key);
      this.#seconds.delete(second);
    }
  }
}
