import { CharterbusError, type Clock, type ErrorCode, type Timers } from '@charterbus/core-models';

export interface Timing {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
}

/** Longer than it takes to find out, in milliseconds. */
const stepMs = 10;

/**
 * Begins when it is made, and ends a whole number of steps later: as long as what is done meanwhile takes less than a step,
 * always after the same time, whatever it is. The timer runs from the beginning, since one that is set later fires later.
 */
export class Step implements Disposable {
  readonly #timing: Timing;
  readonly #begun: number;
  readonly #first = Promise.withResolvers<void>();
  readonly #timer: Disposable;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#begun = timing.clock.monotonic();
    this.#timer = timing.timers.after(stepMs, this.#first.resolve);
  }

  async ended(): Promise<void> {
    const { clock, timers } = this.#timing;
    const takenMs = clock.monotonic() - this.#begun;
    if (takenMs < stepMs) return this.#first.promise;
    const { promise, resolve } = Promise.withResolvers<void>();
    timers.after(Math.ceil(takenMs / stepMs) * stepMs - takenMs, resolve);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}

/**
 * Refuses with the code at the end of a step only: what is there but none of the caller's business takes longer to look at
 * than what is not there, and must not be told from it by that.
 */
export const unhurried = async <T>(code: ErrorCode, work: () => Promise<T>, timing: Timing): Promise<T> => {
  using step = new Step(timing);
  try {
    return await work();
  } catch (error) {
    if (CharterbusError.isInstance(error) && error.code === code) await step.ended();
    throw error;
  }
};
