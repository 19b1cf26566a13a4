import type { Timers } from '@charterbus/core-models';

export interface Patience {
  readonly milliseconds: number;
  readonly timers: Timers;
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
}

/** Waits for the work, but not longer than the patience; `late` says what is thrown then. */
export const waitWithin = async (work: Promise<void>, patience: Patience, late: () => Error): Promise<void> => {
  const { milliseconds, timers, signal } = patience;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(signal.reason as Error);
  using _timer = timers.after(milliseconds, () => reject(late()));
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
};
