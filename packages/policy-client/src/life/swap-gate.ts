/**
 * Keeps commits and swaps apart: a swap waits for the commits that have begun, and commits that come meanwhile wait for
 * the swap, and then look again at what they rest on. So every commit is before or after an activation, never across it.
 */
export class SwapGate {
  #swapping: Promise<void> | undefined;
  #committing = 0;
  #quiet: (() => void) | undefined;

  /** Resolves when no swap is under way; absent where none is. */
  get swapping(): Promise<void> | undefined {
    return this.#swapping;
  }

  /** A commit begins, and counts as under way until `end`. Must not be called while a swap is under way. */
  begin(): void {
    this.#committing += 1;
  }

  /** Once for each `begin`. */
  end(): void {
    this.#committing -= 1;
    if (this.#committing === 0) this.#quiet?.();
  }

  /** Counts as under way from this turn on, until it has ended. Must not be called while a swap is. */
  commit<T>(write: () => T | Promise<T>): T | Promise<T> {
    this.begin();
    let written: T | Promise<T>;
    try {
      written = write();
    } catch (error) {
      this.end();
      throw error;
    }
    if (written instanceof Promise) return written.finally(() => this.end());
    this.end();
    return written;
  }

  /** Runs alone: after what was committing, before what comes, and after swaps that were asked for before. */
  async swap<T>(work: () => Promise<T>): Promise<T> {
    for (let before = this.#swapping; before !== undefined; before = this.#swapping) await before;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#swapping = promise;
    try {
      await this.#untilQuiet();
      return await work();
    } finally {
      this.#swapping = undefined;
      resolve();
    }
  }

  async #untilQuiet(): Promise<void> {
    if (this.#committing === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#quiet = resolve;
    await promise;
    this.#quiet = undefined;
  }
}
