import { type Clock, ConfigurationError } from '@charterbus/core-models';

/** What was signed once and must not come again. */
export interface NonceMemory {
  /** Signatures from before this moment are not remembered, in milliseconds since the epoch; absent where all are. */
  readonly since?: number;
  /**
   * Whether it was new, or was remembered for the same message: one may be looked at more than once on its way. From now
   * until the moment given it is not new for any other.
   *
   * @param message its id.
   */
  remember(key: string, message: string, untilMs: number): boolean | Promise<boolean>;
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
  /** The message by which each is taken. */
  readonly #taken = new Map<string, string>();
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

  remember(key: string, message: string, untilMs: number): boolean {
    this.#sweep(Math.floor(this.#clock.now() / 1000));
    const by = this.#taken.get(key);
    if (by !== undefined || this.#taken.size >= this.#entries) return by === message;
    this.#taken.set(key, message);
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
      for (const key of keys) this.#taken.delete(key);
      this.#seconds.delete(second);
    }
  }
}
