/** Tells whoever sent something that it has arrived. */
export class Arrivals {
  readonly #waiting = new Map<number, () => void>();

  /** Resolves when `arrived` is called for the same number. */
  of(n: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(n, resolve);
    return promise;
  }

  arrived(n: number): void {
    this.#waiting.get(n)?.();
    this.#waiting.delete(n);
  }
}
