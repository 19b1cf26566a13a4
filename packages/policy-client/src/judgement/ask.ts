import type { Timers } from '@charterbus/core-models';
import type { EngineRequest, EngineSnapshot } from '../engine/policy-engine.js';

/** What became of a question to an engine. */
export type Asked<T = unknown> =
  | { readonly outcome: 'answered'; readonly answer: T }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'timeout' };

export interface Deadline {
  readonly milliseconds: number;
  readonly timers: Timers;
}

/** Narrows what may be a promise to one. */
export const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  'then' in value &&
  typeof value.then === 'function';

/** Waits for the answer, the deadline or the abort, whichever comes first; a late answer goes nowhere. */
export const within = <T>(
  pending: PromiseLike<T>,
  deadline: Deadline,
  signal: AbortSignal,
  stop: AbortController,
): Promise<Asked<T>> =>
  new Promise((resolve) => {
    const settle = (asked: Asked<T>): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', onTimeout);
      resolve(asked);
      if (asked.outcome === 'timeout') stop.abort(new DOMException('The judgement was not in time.', 'TimeoutError'));
    };
    const onTimeout = (): void => settle({ outcome: 'timeout' });
    const timer = deadline.timers.after(deadline.milliseconds, onTimeout);
    signal.addEventListener('abort', onTimeout, { once: true });
    Promise.resolve(pending).then(
      (answer) => settle({ outcome: 'answered', answer }),
      (error: unknown) => settle({ outcome: 'failed', error }),
    );
    if (signal.aborted) onTimeout();
  });

/**
 * Asks an engine and never throws. An engine that answers at once is answered for at once, and pays for no timer; one that
 * answers with a promise has until the deadline, and its signal is aborted when nobody waits any more.
 */
export const ask = (
  snapshot: EngineSnapshot,
  request: EngineRequest,
  deadline: Deadline,
  signal: AbortSignal,
): Asked | Promise<Asked> => {
  if (signal.aborted) return { outcome: 'timeout' };
  const stop = new AbortController();
  try {
    const answer = snapshot.evaluate(request, stop.signal);
    return isThenable(answer) ? within(answer, deadline, signal, stop) : { outcome: 'answered', answer };
  } catch (error) {
    return { outcome: 'failed', error };
  }
};
