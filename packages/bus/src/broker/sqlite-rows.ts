import {
  type Envelope,
  type MessageStatus,
  type Receipt,
  type RecipientCounts,
  type RetryOverride,
  StoreError,
  type Verdict,
} from '@charterbus/core-models';
import type { Approval } from '@charterbus/policy-client';
import type { Row, SqlValue } from '@charterbus/store';
import type { Entry, EntryState, HistoryEvent } from './entry.js';
import { type ConversationFact, type DedupeMark, keptBytes, type Leaf, type MessageRecord } from './journal.js';

/** The rows are ours: written by this package, in a file that only it writes, with tables whose types SQLite enforces. */
const text = (value: SqlValue | undefined): string => String(value);
const integer = (value: SqlValue | undefined): number => Number(value);

/** @throws StoreError `STORE_CORRUPT`, with the place: a damaged store is said, never skipped. */
const json = <T>(row: Row, column: string): T => {
  try {
    return JSON.parse(text(row[column])) as T;
  } catch {
    // The parser's own words would quote what is stored.
    const message = text(row['message'] ?? row['id']);
    const details = { message, column };
    throw new StoreError('STORE_CORRUPT', `The store is damaged: ${column} of message ${message} cannot be read.`, {
      details,
    });
  }
};

export const messageFromRow = (row: Row): MessageRecord => ({
  id: text(row['id']),
  tenant: text(row['tenant']),
  from: text(row['sender']),
  senderRevision: text(row['sender_revision']),
  status: text(row['status']) as MessageStatus,
  createdAt: integer(row['created_at']),
  settledAt: integer(row['settled_at']),
  dead: integer(row['dead']) === 1,
  verdicts: json<readonly Verdict[]>(row, 'verdicts'),
  recipients: json<RecipientCounts>(row, 'recipients'),
});

export const entryFromRow = (row: Row): Entry => ({
  message: text(row['message']),
  ordinal: integer(row['ordinal']),
  recipient: { tenant: text(row['tenant']), agent: text(row['agent']) },
  state: text(row['state']) as EntryState,
  priority: integer(row['priority']),
  position: integer(row['position']),
  attempt: integer(row['attempt']),
  token: integer(row['token']),
  notBefore: integer(row['not_before']),
  leaseUntil: integer(row['lease_until']),
  processBound: integer(row['process_bound']) === 1,
  holdUntil: integer(row['hold_until']),
  expiresAt: integer(row['expires_at']),
  settledAt: integer(row['settled_at']),
  judgeAgain: integer(row['judge_again']) === 1,
  verdict: json<Verdict>(row, 'verdict'),
  approvals: json<readonly Approval[]>(row, 'approvals'),
  history: json<readonly HistoryEvent[]>(row, 'history'),
  ...(row['reason'] === null ? {} : { reason: text(row['reason']) }),
  ...(row['ordering_key'] === null ? {} : { orderingKey: text(row['ordering_key']) }),
  ...(row['retry'] === null ? {} : { retry: json<RetryOverride>(row, 'retry') }),
});

export const insertedMessage = (record: MessageRecord, envelope: Envelope): readonly SqlValue[] => [
  record.id,
  record.tenant,
  record.from,
  record.senderRevision,
  record.status,
  record.createdAt,
  record.settledAt,
  record.dead ? 1 : 0,
  JSON.stringify(record.verdicts),
  JSON.stringify(record.recipients),
  envelope.digest,
  envelope.contentBytes,
  keptBytes(record, envelope),
  envelope.text,
];

/** In the order of the columns that change. */
const changing = (entry: Entry): readonly SqlValue[] => [
  entry.settledAt,
  entry.judgeAgain ? 1 : 0,
  entry.reason ?? null,
  JSON.stringify(entry.verdict),
  JSON.stringify(entry.approvals),
  JSON.stringify(entry.history),
];

export const insertedEntry = (entry: Entry): readonly SqlValue[] => [
  entry.message,
  entry.ordinal,
  entry.recipient.tenant,
  entry.recipient.agent,
  entry.state,
  entry.priority,
  entry.position,
  entry.attempt,
  entry.token,
  entry.notBefore,
  entry.leaseUntil,
  entry.processBound ? 1 : 0,
  entry.holdUntil,
  entry.expiresAt,
  ...changing(entry),
  entry.orderingKey ?? null,
  entry.retry === undefined ? null : JSON.stringify(entry.retry),
];

export const updatedEntry = (entry: Entry): readonly SqlValue[] => [
  entry.state,
  entry.position,
  entry.attempt,
  entry.token,
  entry.notBefore,
  entry.leaseUntil,
  entry.processBound ? 1 : 0,
  entry.holdUntil,
  ...changing(entry),
  entry.message,
  entry.ordinal,
];

export const leafFromRow = (row: Row): Leaf => ({
  index: integer(row['leaf']) - 1,
  message: text(row['message']),
  text: text(row['text']),
});

export const markFromRow = (row: Row): DedupeMark => ({
  tenant: text(row['tenant']),
  from: text(row['sender']),
  key: text(row['key']),
  fingerprint: text(row['fingerprint']),
  message: text(row['message']),
  receipt: json<Omit<Receipt, 'leafIndex'>>(row, 'receipt'),
  until: integer(row['until']),
});

export const conversationFactFromRow = (row: Row): ConversationFact => ({
  conversation: text(row['conversation']),
  about: text(row['about']),
  values: text(row['facts']),
  overflowed: integer(row['overflowed']) === 1,
  until: integer(row['until']),
});
