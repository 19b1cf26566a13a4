import { CharterbusError, type Clock, type ErrorCode, type Timers } from '@charterbus/core-models';

export interface Timing {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
}

/** Longer than it takes to find out, in milliseconds. */
const stepMs = 10;

/**
 * Resolves a whole number of steps after `begun`: as long as what was done since takes less than a step, always after the
 * same time, whatever it was.
 *
 * @param begun as the monotonic clock had it.
 */
export const nextStep = async (begun: number, { clock, timers }: Timing): Promise<void> => {
  const taken = clock.monotonic() - begun;
  const { promise, resolve } = Promise.withResolvers<void>();
  timers.after(Math.ceil(Math.max(taken, 1) / stepMs) * stepMs - taken, resolve);
  await promise;
};

/**
 * Refuses with the code at a step only: what is there but none of the caller's business takes longer to look at than what
 * is not there, and must not be told from it by that.
 */
export const unhurried = async <T>(code: ErrorCode, work: () => Promise<T>, timing: Timing): Promise<T> => {
  const begun = timing.clock.monotonic();
  try {
    return await work();
  } catch (error) {
    if (CharterbusError.isInstance(error) && error.code === code) await nextStep(begun, timing);
    throw error;
  }
};
