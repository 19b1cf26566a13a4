import type { HoldDecision } from './broker.js';
import { type Entry, expiryCode } from './entry.js';
import type { Transition } from './transitions.js';
import { positionAt } from './turn.js';

/** What a decision makes of a held entry. What is released takes its position at the release, or at its own moment. */
export const decisionTransition = (
  { notBefore, judgeAgain }: Entry,
  decision: HoldDecision,
  position: number,
): Transition => {
  const { reason } = decision;
  switch (decision.kind) {
    case 'release':
      return {
        patch: {
          state: 'queued',
          position: positionAt(position, notBefore),
          holdUntil: 0,
          verdict: decision.verdict,
          approvals: decision.approvals,
          judgeAgain,
        },
        event: { kind: 'released', reason },
        audited: true,
        facts: decision.facts ?? [],
      };
    case 'hold-again':
      return {
        patch: { verdict: decision.verdict, approvals: decision.approvals, holdUntil: decision.holdUntil },
        event: { kind: 'held', reason },
        audited: true,
      };
    case 'refuse':
      return {
        patch: {
          state: 'refused',
          holdUntil: 0,
          reason,
          ...(decision.verdict === undefined ? {} : { verdict: decision.verdict }),
        },
        event: { kind: 'refused', reason },
        audited: true,
      };
  }
};

/** Nobody decided in time: the message's own expiry or the hold's deadline denies. */
export const endOfHold = (entry: Entry): Transition => {
  const expired = entry.expiresAt !== 0 && entry.expiresAt <= entry.holdUntil;
  const reason = expired ? expiryCode : 'HOLD_TIMED_OUT';
  return { patch: { state: 'refused', holdUntil: 0, reason }, event: { kind: 'refused', reason }, audited: true };
};
