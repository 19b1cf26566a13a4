/** How long nothing may move, in milliseconds, before it counts as wedged and not as a slow machine. */
const wedgedMs = 45_000;

/** Counts what a run achieves, and lets others wait for more of it. */
export class Progress {
  readonly #watchers = new Set<() => void>();
  #count = 0;
  #failure: Error | undefined;

  made(): void {
    this.#count += 1;
    for (const look of this.#watchers) look();
  }

  /** Nobody need wait any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const look of this.#watchers) look();
  }

  /** Resolves when the condition holds; it is looked at whenever something is achieved. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#failure !== undefined) reject(this.#failure);
      else if (condition()) resolve();
    };
    const deadline = setTimeout(() => reject(new Error(`Nothing moves any more: ${what}.`)), wedgedMs);
    this.#watchers.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
      this.#watchers.delete(look);
    }
  }

  /** Resolves when so much more was achieved. */
  more(count: number, what: string): Promise<void> {
    const wanted = this.#count + count;
    return this.until(() => this.#count >= wanted, what);
  }
}
