import type { Entry } from './entry.js';
import type { Transition } from './transitions.js';

/** Whether a message could not be given to anybody any more, were it queued again. */
export const isPast = ({ expiresAt }: Entry, now: number): boolean => expiresAt !== 0 && expiresAt <= now;

/** Queued again, last in its order, to be judged again, with fresh attempts. What was approved was for the first time. */
export const redriven = (position: number, reason: string): Transition => ({
  patch: { state: 'queued', attempt: 0, notBefore: 0, judgeAgain: true, approvals: [], position },
  event: { kind: 'redriven', reason },
  audited: true,
});

/** Given up for good. */
export const dropped = (reason: string): Transition => ({
  patch: { state: 'dropped' },
  event: { kind: 'dropped', reason },
  audited: true,
});
