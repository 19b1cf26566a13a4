/** Who is to be told when nobody waits any more: one listener for each signal, however many questions hang on it. */
export class GiveUps {
  readonly #waiting = new WeakMap<AbortSignal, Set<() => void>>();

  /** @returns what takes it back. */
  add(signal: AbortSignal, giveUp: () => void): () => void {
    const waiting = this.#waiting.get(signal) ?? this.#listen(signal);
    waiting.add(giveUp);
    return () => void waiting.delete(giveUp);
  }

  #listen(signal: AbortSignal): Set<() => void> {
    const waiting = new Set<() => void>();
    this.#waiting.set(signal, waiting);
    signal.addEventListener(
      'abort',
      () => {
        for (const giveUp of waiting) giveUp();
      },
      { once: true },
    );
    return waiting;
  }
}
