import { agentKey, type RandomSource, type Verdict } from '@charterbus/core-models';
import type { Outcome } from './broker.js';
import type { DeliveryOptions } from './delivery-options.js';
import { damageCode, type Entry, expiryCode } from './entry.js';
import type { Transition } from './transitions.js';

/** The end of a lease: by its holder, or because its time was over. */
export type LeaseEnd = Outcome | { readonly kind: 'lapsed' };

export interface OutcomeContext {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  readonly random: RandomSource;
  readonly delivery: DeliveryOptions;
}

/** Exponential with jitter between a half and the whole, so that what failed together does not return together. */
const backoff = ({ attempt, retry: own }: Entry, { delivery, random }: OutcomeContext): number => {
  const first = own?.backoffMs ?? delivery.backoffMs;
  // A longer first delay of the message's own is not cut short by the bus' bound on its own.
  const most = Math.max(first, delivery.backoffCapMs);
  const whole = Math.min(most, first * 2 ** Math.max(0, attempt - 1));
  const [jitter = 0] = random.bytes(1);
  return Math.round(whole * (0.5 + jitter / 510));
};

const deadLetter = (entry: Entry, reason: string, patch: Transition['patch'] = {}): Transition => ({
  patch: { ...patch, state: 'dead', leaseUntil: 0, reason },
  event: { kind: 'dead-lettered', attempt: entry.attempt, reason },
  audited: true,
});

/** A message whose time is over is never given to anyone. */
export const expiredTransition = (entry: Entry): Transition => deadLetter(entry, expiryCode);

/** The stored bytes are not those that were admitted: nobody may have them, and the queue goes on without them. */
export const damagedTransition = (entry: Entry): Transition => deadLetter(entry, damageCode);

interface Retry {
  readonly kind: 'retried' | 'lease-expired';
  readonly reason: string;
  readonly delayMs: number;
}

const retry = (entry: Entry, end: Retry, { now: clock, delivery }: OutcomeContext): Transition => {
  const now = clock();
  if (entry.expiresAt !== 0 && entry.expiresAt <= now) return expiredTransition(entry);
  if (entry.attempt >= (entry.retry?.attempts ?? delivery.maxAttempts)) return deadLetter(entry, end.reason);
  return {
    patch: { state: 'queued', notBefore: now + end.delayMs, leaseUntil: 0 },
    event: { kind: end.kind, attempt: entry.attempt, reason: end.reason },
    audited: true,
  };
};

const deliveredPatch: Transition['patch'] = Object.freeze({
  state: 'delivered',
  leaseUntil: 0,
  approvals: Object.freeze([]),
});

const deliveredAt = (attempt: number): Transition =>
  Object.freeze({ patch: deliveredPatch, event: Object.freeze({ kind: 'delivered', attempt }), audited: true });

/** Most are delivered at the first attempt. */
const deliveredFirst = deliveredAt(1);

const acknowledged = ({ attempt }: Entry): Transition => (attempt === 1 ? deliveredFirst : deliveredAt(attempt));

/** The attempt does not count: nobody saw the message. */
const heldAtGrant = (entry: Entry, verdict: Verdict, holdUntil: number): Transition => ({
  patch: { state: 'held', leaseUntil: 0, attempt: entry.attempt - 1, verdict, holdUntil, judgeAgain: false },
  event: { kind: 'held' },
  audited: true,
});

const returned = (entry: Entry): Transition => ({
  patch: { state: 'queued', leaseUntil: 0, attempt: entry.attempt - 1 },
  event: { kind: 'returned', attempt: entry.attempt },
  audited: false,
});

/** Others of its queue group may have it. The attempt does not count: nobody saw the message. */
const passed = (entry: Entry, reason: string): Transition => ({
  patch: { state: 'queued', leaseUntil: 0, attempt: entry.attempt - 1 },
  event: { kind: 'passed', attempt: entry.attempt, reason, ...(entry.holder && { holder: agentKey(entry.holder) }) },
  audited: true,
});

/** What the end of a lease makes of its entry. */
export const outcomeTransition = (entry: Entry, end: LeaseEnd, context: OutcomeContext): Transition => {
  switch (end.kind) {
    case 'ack':
      return acknowledged(entry);
    case 'nack': {
      const delayMs = end.delayMs ?? backoff(entry, context);
      return retry(entry, { kind: 'retried', reason: end.reason, delayMs }, context);
    }
    case 'lapsed':
      return retry(entry, { kind: 'lease-expired', reason: 'LEASE_EXPIRED', delayMs: 0 }, context);
    case 'reject':
      return deadLetter(entry, end.reason);
    case 'denied':
      return deadLetter(entry, end.verdict.code ?? 'POLICY_DENIED', { verdict: end.verdict });
    case 'escalated':
      return heldAtGrant(entry, end.verdict, end.holdUntil);
    case 'return':
      return returned(entry);
    case 'pass':
      return passed(entry, end.reason);
  }
};
