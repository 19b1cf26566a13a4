import type { RandomSource, Timers } from '@charterbus/core-models';

export interface RetryOptions {
  /** Attempts in all. */
  readonly attempts: number;
  /** The wait before the second attempt, in milliseconds; doubles with each further one. */
  readonly backoffMs: number;
  /** The longest wait, also where the server asks for a longer one. */
  readonly longestMs: number;
}

export const defaultRetryOptions: RetryOptions = Object.freeze({ attempts: 8, backoffMs: 100, longestMs: 10_000 });

/** How long to wait after so many failed attempts: what the server asked for, else longer and longer, with jitter. */
export const retryDelay = (
  failed: number,
  asked: number | undefined,
  { backoffMs, longestMs }: RetryOptions,
  random: RandomSource,
): number => {
  if (asked !== undefined) return Math.min(asked, longestMs);
  const whole = Math.min(longestMs, backoffMs * 2 ** (failed - 1));
  const [jitter = 0] = random.bytes(1);
  return whole * (0.5 + jitter / 510);
};

/** Resolves after the time, or at once when the signal aborts. */
export const pause = async (milliseconds: number, timers: Timers, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = timers.after(milliseconds, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
};

/**
 * A `Retry-After` header in milliseconds: whole seconds or a date (RFC 9110, 10.2.3). Nothing where it is neither.
 */
export const retryAfterMs = (header: string | null, now: number): number | undefined => {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};
