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
  run(task: string, work: () => unknown): void {
    try {
      this.track(task, work());
    } catch (error) {
      this.report(task, error);
    }
  }

  /** Takes over what is under way; what is there at once is done. */
  track(task: string, promise: unknown): void {
    if (!(promise instanceof Promise)) return;
    const end = (): void => void this.#running.delete(running);
    const running: Promise<void> = promise.then(end, (error: unknown) => {
      end();
      this.report(task, error);
    });
    this.#running.add(running);
  }

  /** Reports what failed in a place that has gone on without it. Never throws: the listener is the host's. */
  report(task: string, error: unknown): void {
    try {
      this.#onError(task, error);
    } catch (thrown) {
      // Its words may hold parts of messages, as those of errors do.
      const kind = thrown instanceof Error ? thrown.name : typeof thrown;
      process.emitWarning(`The listener for background errors failed over ${task} (${kind}).`, 'CharterbusWarning');
    }
  }

  /** Resolves when nothing is under way, also what tasks begin meanwhile. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
