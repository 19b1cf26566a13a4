import type { Constitution } from '../constitution.js';

/**
 * A constitution that somebody may be judging under. It is closed when all who kept it have let it go and no judgement
 * is in it any more, so that nothing is cut short by a swap.
 */
export class LoadedConstitution {
  readonly constitution: Constitution;
  readonly #onClosed: (closing: Promise<void>) => void;
  #leases = 0;
  #keepers = 1;

  /** Kept once from the beginning. @param onClosed told of the closing that begins when the last one leaves. */
  constructor(constitution: Constitution, onClosed: (closing: Promise<void>) => void) {
    this.constitution = constitution;
    this.#onClosed = onClosed;
  }

  enter(): void {
    this.#leases += 1;
  }

  leave(): void {
    this.#leases -= 1;
    this.#closeIfLeft();
  }

  /** One more has it at hand, and lets it go by itself. */
  keep(): this {
    this.#keepers += 1;
    return this;
  }

  /** Once for each that keeps it. */
  letGo(): void {
    this.#keepers -= 1;
    this.#closeIfLeft();
  }

  #closeIfLeft(): void {
    if (this.#keepers === 0 && this.#leases === 0) this.#onClosed(this.constitution.close());
  }
}
