import { systemTimers, type Timers } from '@charterbus/core-models';
import { ended } from './ended.js';
import { Repetition } from './repetition.js';
import { type BackgroundErrorListener, tellFailure } from './warn.js';

/**
 * Work that nobody waits for: no promise floats, every failure is reported, and whoever closes can wait for the rest.
 */
export class Background {
  readonly #onError: BackgroundErrorListener;
  readonly #timers: Timers;
  readonly #running = new Set<Promise<void>>();

  /** @param timers those that `repeat` waits by. */
  constructor(onError: BackgroundErrorListener, timers: Timers = systemTimers) {
    this.#onError = onError;
    this.#timers = timers;
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

  /**
   * Does the same again and again: the first time after `everyMs`, then `everyMs` after each end, so that it never overlaps
   * itself. A failure is reported and ends nothing. Ends with its disposal, which aborts the signal of a round under way.
   */
  repeat(task: string, everyMs: number, work: (signal: AbortSignal) => unknown): Disposable {
    return new Repetition(everyMs, this.#timers, (signal) => {
      let round: unknown;
      try {
        round = work(signal);
      } catch (error) {
        this.report(task, error);
      }
      if (!(round instanceof Promise)) return undefined;
      this.track(task, round);
      return ended(round);
    });
  }

  /** Reports what failed in a place that has gone on without it. Never throws: the listener is the host's. */
  report(task: string, error: unknown): void {
    tellFailure(this.#onError, task, error);
  }

  /** Resolves when nothing is under way, also what tasks begin meanwhile. Repetitions count while a round of theirs runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
