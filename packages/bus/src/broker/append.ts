import { MessageError, type MessageStatus, priorityRank } from '@charterbus/core-models';
import type { Eventual } from '../eventual.js';
import type { Admission, Appended, EntryDraft } from './broker.js';
import type { DeliveryOptions } from './delivery-options.js';
import type { Entry } from './entry.js';
import type { Journal, JournalChange, MessageRecord } from './journal.js';
import { AdmissionLeaf } from './leaf.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';
import { positionAt } from './turn.js';

export interface AppendContext {
  readonly journal: Journal;
  readonly state: LiveState;
  readonly options: DeliveryOptions;
  readonly nextPosition: () => number;
  /** Puts a committed entry into its queue. */
  readonly enter: (live: LiveEntry) => void;
}

const noHistory: Entry['history'] = Object.freeze([]);
const noApprovals: Entry['approvals'] = Object.freeze([]);

const toEntry = (draft: EntryDraft, ordinal: number, { envelope }: Admission, position: number): Entry => {
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
    judgeAgain: notBefore > 0 && notBefore > Date.parse(message.createdAt),
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

const statusAtAdmission = ({ recipients }: Admission): MessageStatus =>
  recipients.held > 0 ? 'pending_deliberation' : recipients.allowed > 0 ? 'pending' : 'failed';

const toRecord = (admission: Admission): MessageRecord => {
  const { message } = admission.envelope;
  const createdAt = Date.parse(message.createdAt);
  return {
    id: message.id,
    tenant: message.tenant,
    from: message.from,
    senderRevision: admission.senderRevision,
    status: statusAtAdmission(admission),
    createdAt,
    settledAt: admission.entries.length === 0 ? createdAt : 0,
    dead: false,
    verdicts: admission.verdicts.slice(0, 101),
    recipients: admission.recipients,
  };
};

const toChanges = (admission: Admission, entries: readonly Entry[]): readonly JournalChange[] => {
  const { dedupe, envelope, facts = [] } = admission;
  const { id: message } = envelope.message;
  const kept = { kind: 'message', record: toRecord(admission), envelope } as const;
  const leaf = { kind: 'leaf', message, leaf: new AdmissionLeaf(admission) } as const;
  const [only] = entries;
  if (only !== undefined && entries.length === 1 && dedupe === undefined && facts.length === 0) {
    return [kept, { kind: 'entry', entry: only }, leaf];
  }
  const changes: JournalChange[] = [kept];
  for (const entry of entries) changes.push({ kind: 'entry', entry });
  if (dedupe !== undefined) changes.push({ kind: 'dedupe', mark: { ...dedupe, message } });
  for (const fact of facts) changes.push({ kind: 'conversation-fact', fact });
  changes.push(leaf);
  return changes;
};

/** Takes a place in every mailbox, or in none; the returned function gives the places back. */
const reservePlaces = (admission: Admission, { state, options }: AppendContext): (() => void) => {
  const mailboxes = admission.entries.map((draft) => state.mailbox(draft.recipient));
  const full =
    state.unfinished + state.reserved + mailboxes.length > options.totalLimit ||
    mailboxes.some((mailbox) => mailbox.size >= options.mailboxLimit) ||
    // All recipients of a message are of one tenant.
    (mailboxes[0] !== undefined && mailboxes[0].tenant.size + mailboxes.length > options.tenantLimit);
  if (full) {
    for (const mailbox of mailboxes) state.release(mailbox);
    throw new MessageError('QUEUE_FULL', 'The recipient, or its tenant, has too many unfinished messages.', {
      retryAfterMs: options.retryAfterMs,
    });
  }
  for (const mailbox of mailboxes) mailbox.grow(1);
  state.reserved += mailboxes.length;
  return () => {
    state.reserved -= mailboxes.length;
    for (const mailbox of mailboxes) {
      mailbox.grow(-1);
      state.release(mailbox);
    }
  };
};

/** Commits an admission and, after the commit, lets its entries be delivered. Throws, or rejects, with nothing changed. */
export const appendAdmission = (admission: Admission, context: AppendContext): Eventual<Appended> => {
  const giveBack = reservePlaces(admission, context);
  const entries = admission.entries.map((draft, ordinal) => toEntry(draft, ordinal, admission, context.nextPosition()));
  const committed = ([leafIndex = -1]: readonly number[]): Appended => {
    if (entries.length === 0) return { leafIndex };
    // The live entries take over the reserved places.
    const live = context.state.adopt(admission.envelope.message.id, entries);
    giveBack();
    for (const entry of live) context.enter(entry);
    return { leafIndex };
  };
  const refused = (error: unknown): never => {
    giveBack();
    throw error;
  };
  let written: Eventual<readonly number[]>;
  try {
    written = context.journal.write(toChanges(admission, entries));
  } catch (error) {
    return refused(error);
  }
  return written instanceof Promise ? written.then(committed, refused) : committed(written);
};
