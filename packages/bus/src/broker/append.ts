import { MessageError, priorityRank } from '@charterbus/core-models';
import type { Eventual } from '../eventual.js';
import type { Admission, Appended, EntryDraft } from './broker.js';
import type { DeliveryOptions } from './delivery-options.js';
import type { Entry } from './entry.js';
import type { Journal } from './journal.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';
import type { Mailbox } from './mailbox.js';
import { positionAt } from './turn.js';

export interface AppendContext {
  readonly journal: Journal;
  readonly state: LiveState;
  readonly options: DeliveryOptions;
  /** @param now wall-clock milliseconds. */
  readonly nextPosition: (now: number) => number;
  /** Puts a committed entry into its queue. */
  readonly enter: (live: LiveEntry) => void;
}

const noHistory: Entry['history'] = Object.freeze([]);
const noApprovals: Entry['approvals'] = Object.freeze([]);

const toEntry = (draft: EntryDraft, ordinal: number, { envelope, at }: Admission, position: number): Entry => {
  const { message } = envelope;
  const held = draft.holdUntil !== undefined;
  const notBefore = message.deliverAt === undefined ? 0 : Date.parse(message.deliverAt);
  return {
    message: message.id,
    ordinal,
    recipient: draft.recipient,
    state: held ? 'held' : 'queued',
    priority: priorityRank(message.priority),
    position: positionAt(position, notBefore),
    attempt: 0,
    token: 0,
    notBefore,
    leaseUntil: 0,
    processBound: false,
    holdUntil: draft.holdUntil ?? 0,
    expiresAt: message.expiresAt === undefined ? 0 : Date.parse(message.expiresAt),
    settledAt: 0,
    verdict: draft.verdict,
    // By then its verdict is one of the past.
    judgeAgain: notBefore > at,
    approvals: noApprovals,
    // Of the sender's tenant: nobody outside of it can stand in the way of its keys.
    orderingKey: message.orderingKey === undefined ? undefined : `${message.tenant}/${message.orderingKey}`,
    retry: message.retry,
    topic: 'topic' in message.to ? message.to.topic : undefined,
    recipientRevision: draft.recipientRevision,
    holder: undefined,
    reason: undefined,
    history: held ? [{ at: message.createdAt, kind: 'held' }] : noHistory,
  };
};

const entriesOf = (admission: Admission, { nextPosition }: AppendContext): readonly Entry[] => {
  const [only] = admission.entries;
  // Most have one recipient: a list that grows takes room for sixteen more.
  if (only !== undefined && admission.entries.length === 1)
    return [toEntry(only, 0, admission, nextPosition(admission.at))];
  return admission.entries.map((draft, ordinal) => toEntry(draft, ordinal, admission, nextPosition(admission.at)));
};

/** Takes a place in every mailbox, or in none. @throws MessageError `QUEUE_FULL`. */
const reservePlaces = (
  entries: Admission['entries'],
  { state, options }: AppendContext,
): readonly Mailbox<LiveEntry>[] => {
  const [only] = entries;
  const mailboxes =
    only !== undefined && entries.length === 1
      ? [state.mailbox(only.recipient)]
      : entries.map((draft) => state.mailbox(draft.recipient));
  let full = state.unfinished + state.reserved + mailboxes.length > options.totalLimit;
  // All recipients of a message are of one tenant.
  full ||= mailboxes[0] !== undefined && mailboxes[0].tenant.size + mailboxes.length > options.tenantLimit;
  for (const mailbox of mailboxes) full ||= mailbox.size >= options.mailboxLimit;
  if (full) {
    for (const mailbox of mailboxes) state.release(mailbox);
    throw new MessageError('QUEUE_FULL', 'The recipient, or its tenant, has too many unfinished messages.', {
      retryAfterMs: options.retryAfterMs,
    });
  }
  for (const mailbox of mailboxes) mailbox.grow(1);
  state.reserved += mailboxes.length;
  return mailboxes;
};

const giveBackPlaces = (mailboxes: readonly Mailbox<LiveEntry>[], { state }: AppendContext): void => {
  state.reserved -= mailboxes.length;
  for (const mailbox of mailboxes) {
    mailbox.grow(-1);
    state.release(mailbox);
  }
};

/** An admission that has its places and is on its way to the disk. */
interface Placed {
  readonly message: string;
  readonly entries: readonly Entry[];
  readonly mailboxes: readonly Mailbox<LiveEntry>[];
}

/** Committed: the live entries take over the reserved places, and go to their queues. */
const enterAll = ({ message, entries, mailboxes }: Placed, leafIndex: number, context: AppendContext): Appended => {
  if (entries.length > 0) {
    const live = context.state.adopt(message, entries, mailboxes);
    giveBackPlaces(mailboxes, context);
    for (const entry of live) context.enter(entry);
  }
  return { leafIndex };
};

const enterLater = async (placed: Placed, written: Promise<number>, context: AppendContext): Promise<Appended> => {
  let leafIndex: number;
  try {
    leafIndex = await written;
  } catch (error) {
    giveBackPlaces(placed.mailboxes, context);
    throw error;
  }
  return enterAll(placed, leafIndex, context);
};

/** Commits an admission and, after the commit, lets its entries be delivered. Throws, or rejects, with nothing changed. */
export const appendAdmission = (admission: Admission, context: AppendContext): Eventual<Appended> => {
  const mailboxes = reservePlaces(admission.entries, context);
  const entries = entriesOf(admission, context);
  const placed = { message: admission.envelope.message.id, entries, mailboxes };
  let written: Eventual<number>;
  try {
    written = context.journal.write({ kind: 'admission', admission, entries });
  } catch (error) {
    giveBackPlaces(mailboxes, context);
    throw error;
  }
  return written instanceof Promise ? enterLater(placed, written, context) : enterAll(placed, written, context);
};
