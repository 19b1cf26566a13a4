import { OperationError, type Timers } from '@charterbus/core-models';
import { nameOfError } from '../background/warn.js';
import { unlessAborted } from '../resilience/unless-aborted.js';
import type { ParsedComponent } from './recovery-component.js';

/** Nothing where it succeeded, else why not, as a code. */
export type AttemptOutcome = string | undefined;

const codePattern = /^\w{1,64}$/;

const codeOf = (error: unknown): string => {
  const code = nameOfError(error);
  return codePattern.test(code) ? code : 'unknown';
};

/** A signal that aborts with another one, and when the time is up. */
const limited = (deadlineMs: number, timers: Timers, outer: AbortSignal) => {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer.reason);
  if (outer.aborted) abort();
  else outer.addEventListener('abort', abort, { once: true });
  const late = (): void => controller.abort(new OperationError('OPERATION_TIMEOUT', 'The time of the attempt is up.'));
  const timer = timers.after(deadlineMs, late);
  return {
    signal: controller.signal,
    [Symbol.dispose]: (): void => {
      timer[Symbol.dispose]();
      outer.removeEventListener('abort', abort);
    },
  };
};

/** Whether a component says of itself that it is well, within its deadline. Never rejects. */
export const isWell = async (
  { check, deadlineMs }: ParsedComponent,
  timers: Timers,
  outer: AbortSignal,
): Promise<boolean> => {
  using limit = limited(deadlineMs, timers, outer);
  try {
    return (await unlessAborted(Promise.resolve(limit.signal).then(check), limit.signal)) === true;
  } catch {
    return false;
  }
};

/**
 * One attempt: mend, then check, both within the deadline. Never rejects.
 *
 * @param onCall is given what `recover` returned as soon as it is called, since it may go on after the deadline.
 */
export const attemptOnce = async (
  { recover, check, deadlineMs }: ParsedComponent,
  timers: Timers,
  outer: AbortSignal,
  onCall: (call: Promise<unknown>) => void,
): Promise<AttemptOutcome> => {
  using limit = limited(deadlineMs, timers, outer);
  const { signal } = limit;
  try {
    const call = Promise.resolve(signal).then(recover);
    onCall(call);
    await unlessAborted(call, signal);
    const well = await unlessAborted(Promise.resolve(signal).then(check), signal);
    return well === true ? undefined : 'CHECK_FAILED';
  } catch (error) {
    return codeOf(error);
  }
};
