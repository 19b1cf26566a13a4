import type { Timers } from '@charterbus/core-models';

/** Lets so much time pass, or less where the signal aborts. */
export const pause = async (milliseconds: number, timers: Timers, signal?: AbortSignal): Promise<void> => {
  if (signal?.aborted === true) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  using _timer = timers.after(milliseconds, resolve);
  await promise;
  signal?.removeEventListener('abort', onAbort);
};
