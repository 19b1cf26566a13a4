import { type Delivery, OperationError } from '@charterbus/core-models';
import type { Lease, LeaseProof, Outcome } from '../broker/broker.js';
import type { Entry } from '../broker/entry.js';
import type { BusContext } from '../context.js';
import type { Eventual } from '../eventual.js';
import { recipientVerdict } from './public-verdict.js';
import { type Speaker, settling } from './speaker.js';

/** A granted lease as its holder sees it. */
export const toDelivery = ({ deliveryId, entry, envelope }: Lease): Delivery => ({
  id: deliveryId,
  fencingToken: entry.token,
  attempt: entry.attempt,
  leaseExpiresAt: new Date(entry.leaseUntil).toISOString(),
  message: envelope.message,
  verdict: recipientVerdict(entry.verdict),
});

const reasonLimit = 1000;

/** What a consumer or operator says of its reasons: bounded, and never empty. */
export const readReason = (reason: unknown, otherwise: string): string => {
  if (reason === undefined) return otherwise;
  if (typeof reason !== 'string' || reason.length === 0 || reason.length > reasonLimit || !reason.isWellFormed()) {
    throw new OperationError('REQUEST_INVALID', `A reason is text of 1 to ${reasonLimit} characters.`);
  }
  return reason;
};

/** As `readReason`, of what must not be done without one. */
export const readStatedReason = (reason: unknown): string => {
  if (reason === undefined) throw new OperationError('REQUEST_INVALID', 'State a reason.');
  return readReason(reason, '');
};

export const readMilliseconds = (
  value: unknown,
  name: string,
  bounds: { readonly least: number; readonly most: number },
): number => {
  if (typeof value === 'number' && Number.isFinite(value) && value >= bounds.least && value <= bounds.most)
    return value;
  throw new OperationError('REQUEST_INVALID', `${name} must be from ${bounds.least} to ${bounds.most} milliseconds.`);
};

/** The end of a delivery, by its holder alone: the recipient follows from who is speaking, not from what is said. */
export const settle = (
  holder: Speaker,
  proof: Omit<LeaseProof, 'recipient'>,
  outcome: Outcome,
  context: BusContext,
): Eventual<Entry> => {
  settling(holder, context);
  return context.telemetry.settlement(outcome.kind, proof.deliveryId, () =>
    context.broker.settle({ ...proof, recipient: holder.reference }, outcome),
  );
};
