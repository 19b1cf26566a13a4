import type { Timers } from '@charterbus/core-models';

/** Rounds with a pause between them, until disposed of. */
export class Repetition implements Disposable {
  readonly #everyMs: number;
  readonly #timers: Timers;
  readonly #round: (signal: AbortSignal) => Promise<unknown> | undefined;
  readonly #stop = new AbortController();
  #timer: Disposable | undefined;

  /**
   * @param round must neither throw nor reject; what is not a promise has ended.
   * @throws RangeError for a pause that is none.
   */
  constructor(everyMs: number, timers: Timers, round: (signal: AbortSignal) => Promise<unknown> | undefined) {
    if (!(everyMs > 0)) throw new RangeError('A repetition pauses for more than 0 milliseconds.');
    this.#everyMs = everyMs;
    this.#timers = timers;
    this.#round = round;
    this.#wait();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = this.#timers.after(this.#everyMs, () => {
      const round = this.#round(this.#stop.signal);
      if (round === undefined) this.#wait();
      else void round.then(() => this.#wait());
    });
  }
}
