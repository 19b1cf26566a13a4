/** Told of work that failed while no caller waited for it. */
export type BackgroundErrorListener = (task: string, error: unknown) => void;

/**
 * Work that nobody waits for: no promise floats, every failure is reported, and whoever closes can wait for the rest.
 */
export class Background {
  readonly #onError: BackgroundErrorListener;
  readonly #running = new Set<Promise<void>>();

  constructor(onError: BackgroundErrorListener) {
    this.#onError = onError;
  }

  /** Begins a task at once. */
  run(task: string, work: () => Promise<unknown>): void {
    this.track(
      task,
      (async () => {
        await work();
      })(),
    );
  }

  /** Takes over a promise that is under way. */
  track(task: string, promise: Promise<unknown>): void {
    const running: Promise<void> = promise.then(
      () => undefined,
      (error: unknown) => this.#onError(task, error),
    );
    this.#running.add(running);
    // The listener is the host's; should it throw, that must not become an unhandled rejection either.
    running.then(
      () => this.#running.delete(running),
      () => this.#running.delete(running),
    );
  }

  /** Reports what failed in a place that has gone on without it. */
  report(task: string, error: unknown): void {
    this.#onError(task, error);
  }

  /** Resolves when nothing is under way, also what tasks begin meanwhile. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
