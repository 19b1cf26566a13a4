import { OperationError } from '@charterbus/core-models';

const retryAfterMs = 1000;

/** Counts what is under way for each key, and refuses more than a bound. */
export class Slots {
  readonly #taken = new Map<string, number>();

  /** @returns how to give the slot back; once is enough. @throws OperationError `TOO_MANY_REQUESTS`. */
  take(key: string, most: number): () => void {
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= most) {
      throw new OperationError('TOO_MANY_REQUESTS', `An agent may have ${most} of these requests at a time.`, {
        retryAfterMs,
      });
    }
    this.#taken.set(key, taken + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#giveBack(key);
    };
  }

  #giveBack(key: string): void {
    const left = (this.#taken.get(key) ?? 1) - 1;
    if (left === 0) this.#taken.delete(key);
    else this.#taken.set(key, left);
  }
}
