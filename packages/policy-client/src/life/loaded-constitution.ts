import type { Constitution } from '../constitution.js';

/**
 * A constitution that somebody may be judging under. It is closed when it was let go and no judgement is in it any more,
 * so that nothing is cut short by a swap.
 */
export class LoadedConstitution {
  readonly constitution: Constitution;
  readonly #onClosed: (closing: Promise<void>) => void;
  #leases = 0;
  #letGo = false;

  /** @param onClosed told of the closing that begins when the last one leaves. */
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

  /** Nobody will enter any more. Idempotent. */
  letGo(): void {
    if (this.#letGo) return;
    this.#letGo = true;
    this.#closeIfLeft();
  }

  #closeIfLeft(): void {
    if (this.#letGo && this.#leases === 0) this.#onClosed(this.constitution.close());
  }
}
