import { type Clock, ConfigurationError } from '@charterbus/core-models';

/** Of which signature a nonce is. */
export interface Nonce {
  /** `tenant/agent` */
  readonly agent: string;
  readonly nonce: string;
  /** The id of the message that was signed: one may be looked at more than once on its way. */
  readonly message: string;
}

/** What was signed once and must not come again. */
export interface NonceMemory {
  /** Signatures from before this moment are not remembered, in milliseconds since the epoch; absent where all are. */
  readonly since?: number;
  /**
   * Whether it was new for its agent, or is remembered for the same message. From now until the moment given it is not new for
   * any other.
   */
  remember(nonce: Nonce, untilMs: number): boolean | Promise<boolean>;
}

export interface NonceMemoryOptions {
  /** How many are remembered at a time. */
  readonly entries?: number;
  readonly clock: Clock;
}

interface Kept {
  readonly agent: string;
  readonly key: string;
}

/**
 * Remembers in this process. It refuses rather than forgets: whoever has as many nonces as there is room left is refused until
 * some of them have run out, so that no agent can take the room of all others (dynamic thresholds, Choudhury and Hahne 1998).
 * It knows nothing of what was before it was made.
 */
export class BoundedNonceMemory implements NonceMemory {
  readonly since: number;
  readonly #entries: number;
  readonly #clock: Clock;
  /** The message by which each is taken. */
  readonly #taken = new Map<string, string>();
  /** Keys by the second after which they run out, so that what has run out is found without looking at the rest. */
  readonly #seconds = new Map<number, Kept[]>();
  /** By agent, how many it has. */
  readonly #shares = new Map<string, number>();
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

  remember({ agent, nonce, message }: Nonce, untilMs: number): boolean {
    this.#sweep(Math.floor(this.#clock.now() / 1000));
    const key = `${agent} ${nonce}`;
    const by = this.#taken.get(key);
    if (by !== undefined) return by === message;
    const share = this.#shares.get(agent) ?? 0;
    if (share >= this.#entries - this.#taken.size) return false;
    this.#taken.set(key, message);
    this.#shares.set(agent, share + 1);
    const second = Math.floor(untilMs / 1000);
    const together = this.#seconds.get(second);
    if (together === undefined) this.#seconds.set(second, [{ agent, key }]);
    else together.push({ agent, key });
    return true;
  }

  /** Once a second at most: the seconds are as many as the window is long. */
  #sweep(now: number): void {
    if (now <= this.#swept) return;
    this.#swept = now;
    for (const [second, keys] of this.#seconds) {
      if (second >= now) continue;
      for (const kept of keys) this.#forget(kept);
      this.#seconds.delete(second);
    }
  }

  #forget({ agent, key }: Kept): void {
    this.#taken.delete(key);
    const left = (this.#shares.get(agent) ?? 1) - 1;
    if (left === 0) this.#shares.delete(agent);
    else this.#shares.set(agent, left);
  }
}
