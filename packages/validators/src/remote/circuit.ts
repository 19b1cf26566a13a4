import { type Clock, ConfigurationError } from '@charterbus/core-models';

export interface CircuitOptions {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open before one call may try again, in milliseconds. */
  readonly openMs: number;
}

/** Spares a service that fails, and those who wait for it: open after failures in a row, then half open for one probe at a time. */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #clock: Clock;
  #failures = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #probing = false;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor(options: CircuitOptions, clock: Clock) {
    const { failures, openMs } = options;
    if (!(Number.isSafeInteger(failures) && failures > 0 && Number.isFinite(openMs) && openMs >= 0)) {
      throw new ConfigurationError(
        'CONFIGURATION_INVALID',
        'A breaker opens after one failure or more, for a finite time.',
      );
    }
    this.#options = options;
    this.#clock = clock;
  }

  /** Whether a call may be made. One that may must end in `succeed`, `fail` or `release`. */
  enter(): boolean {
    if (this.#failures < this.#options.failures) return true;
    if (this.#probing || this.#clock.monotonic() < this.#openUntil) return false;
    this.#probing = true;
    return true;
  }

  succeed(): void {
    this.#failures = 0;
    this.#probing = false;
  }

  fail(): void {
    this.#failures += 1;
    this.#probing = false;
    this.#openUntil = this.#clock.monotonic() + this.#options.openMs;
  }

  /** The call ended without saying anything about the service. */
  release(): void {
    this.#probing = false;
  }
}
