import type { Entry } from './entry.js';
import type { Transition } from './transitions.js';
import { positionAt } from './turn.js';

/** Whether a message could not be given to anybody any more, were it queued again. */
export const isPast = ({ expiresAt }: Entry, now: number): boolean => expiresAt !== 0 && expiresAt <= now;

/** Queued again, last in its order, to be judged again, with fresh attempts. What was approved was for the first time. */
export const redriven = (entry: Entry, position: number, reason: string): Transition => {
  // Until the first attempt it is the moment to which the sender put it off.
  const notBefore = entry.attempt === 0 ? entry.notBefore : 0;
  return {
    patch: {
      state: 'queued',
      attempt: 0,
      notBefore,
      judgeAgain: true,
      approvals: [],
      position: positionAt(position, notBefore),
    },
    event: { kind: 'redriven', reason },
    audited: true,
  };
};

/** Given up for good. */
export const dropped = (reason: string): Transition => ({
  patch: { state: 'dropped' },
  event: { kind: 'dropped', reason },
  audited: true,
});

/** Its recipient has gone. */
export const abandonedTransition = (entry: Entry, reason: string): Transition => {
  const state = entry.state === 'held' ? 'refused' : 'dead';
  const kind = state === 'dead' ? 'dead-lettered' : 'refused';
  return { patch: { state, reason }, event: { kind, reason }, audited: true };
};
