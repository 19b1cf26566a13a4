import { deliveryId, type Entry } from '../broker/entry.js';
import type { DeadLetterFilter } from '../broker/journal.js';
import { mailboxNamed, type RecipientName, recipientName } from './message-trace.js';

export interface DeadLetter {
  /** The delivery's id: what is redriven. */
  readonly id: string;
  readonly messageId: string;
  readonly recipient: RecipientName;
  readonly reason: string;
  readonly attempts: number;
  readonly deadAt: string;
}

/** Which dead letters are meant; all where nothing is stated. */
export interface DeadLetterSelection {
  readonly recipient?: RecipientName;
  readonly reason?: string;
}

export const toDeadLetter = (entry: Entry): DeadLetter => ({
  id: deliveryId(entry),
  messageId: entry.message,
  recipient: recipientName(entry.recipient),
  reason: entry.reason ?? 'unknown',
  attempts: entry.attempt,
  deadAt: new Date(entry.settledAt).toISOString(),
});

/** The mailbox that is meant, and what else. */
export const selectedBy = ({ recipient, ...wanted }: DeadLetterSelection): Omit<DeadLetterFilter, 'limit'> =>
  recipient === undefined ? wanted : { ...wanted, recipient: mailboxNamed(recipient) };
