import type { RandomSource } from '@charterbus/core-models';
import type { Outcome } from './broker.js';
import type { DeliveryOptions } from './delivery-options.js';
import { type Entry, expiryCode } from './entry.js';
import type { Transition } from './transitions.js';

/** The end of a lease: by its holder, or because its time was over. */
export type LeaseEnd = Outcome | { readonly kind: 'lapsed' };

/** Exponential with jitter between a half and the whole, so that what failed together does not return together. */
const backoff = (attempt: number, options: DeliveryOptions, random: RandomSource): number => {
  const whole = Math.min(options.backoffCapMs, options.backoffMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(whole * (0.5 + random.bytes(1)[0]! / 510));
};

const deadLetter = (entry: Entry, reason: string, patch: Transition['patch'] = {}): Transition => ({
  patch: { ...patch, state: 'dead', reason },
  event: { kind: 'dead-lettered', attempt: entry.attempt, reason },
  audited: true,
});

const retry = (
  entry: Entry,
  end: { readonly kind: 'retried' | 'lease-expired'; readonly reason: string; readonly delayMs: number },
  now: number,
  options: DeliveryOptions,
): Transition => {
  if (entry.expiresAt !== 0 && entry.expiresAt <= now) return deadLetter(entry, expiryCode);
  if (entry.attempt >= options.maxAttempts) return deadLetter(entry, end.reason);
  return {
    patch: { state: 'queued', notBefore: now + end.delayMs, leaseUntil: 0 },
    event: { kind: end.kind, attempt: entry.attempt, reason: end.reason },
    audited: true,
  };
};

/** What the end of a lease makes of its entry. */
export const outcomeTransition = (
  entry: Entry,
  end: LeaseEnd,
  now: number,
  options: DeliveryOptions,
  random: RandomSource,
): Transition => {
  switch (end.kind) {
    case 'ack':
      return {
        patch: { state: 'delivered', leaseUntil: 0, approvals: [] },
        event: { kind: 'delivered', attempt: entry.attempt },
        audited: true,
      };
    case 'nack': {
      const delayMs = end.delayMs ?? backoff(entry.attempt, options, random);
      return retry(entry, { kind: 'retried', reason: end.reason, delayMs }, now, options);
    }
    case 'lapsed':
      return retry(entry, { kind: 'lease-expired', reason: 'LEASE_EXPIRED', delayMs: 0 }, now, options);
    case 'reject':
      return deadLetter(entry, end.reason);
    case 'denied':
      return deadLetter(entry, end.verdict.code ?? 'POLICY_DENIED', { verdict: end.verdict });
    case 'escalated':
      return {
        patch: {
          state: 'held',
          leaseUntil: 0,
          attempt: entry.attempt - 1,
          verdict: end.verdict,
          holdUntil: end.holdUntil,
          judgeAgain: false,
        },
        event: { kind: 'held' },
        audited: true,
      };
    case 'return':
      return {
        patch: { state: 'queued', leaseUntil: 0, attempt: entry.attempt - 1 },
        event: { kind: 'returned', attempt: entry.attempt },
        audited: false,
      };
  }
};
