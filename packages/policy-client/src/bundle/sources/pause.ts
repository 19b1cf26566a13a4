import type { RandomSource, Timers } from '@charterbus/core-models';

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export const pause = (milliseconds: number, timers: Timers, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = timers.after(milliseconds, () => {
    resolve(undefined);
  });
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  return promise.finally(() => {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', abort);
  });
};

/** From 0 to just below 1. */
export const fraction = (random: RandomSource): number => {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return (((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32;
};

/**
 * How long to wait after so many failures in a row: twice as long each time up to the most, and of that between half and
 * all by chance, so that many who lost the same server do not come back at once.
 */
export const backoff = (
  failures: number,
  { first, most }: { readonly first: number; readonly most: number },
  random: RandomSource,
): number => {
  const longest = Math.min(most, first * 2 ** Math.min(Math.max(failures - 1, 0), 30));
  return longest / 2 + (longest / 2) * fraction(random);
};
