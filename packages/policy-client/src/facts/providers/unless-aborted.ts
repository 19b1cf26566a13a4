import { NoAnswer } from './no-answer.js';

/** What a promise becomes, or a rejection as soon as the signal is aborted; what comes later goes nowhere. */
export const unlessAborted = <Value>(pending: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new NoAnswer('Nobody waits any more.', { cause: signal.reason }));
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    pending.then(resolve, reject).finally(settled).catch(reject);
  });
