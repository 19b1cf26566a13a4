import type { Digest, Receipt, Verdict } from '@charterbus/core-models';
import type { Row, SqlValue } from '@charterbus/store';
import type { Admission } from './broker.js';
import type { Entry, EntryState, HistoryEvent } from './entry.js';
import {
  admittedStanding,
  type ConversationFact,
  type DedupeMark,
  keptBytes,
  type Leaf,
  type MessageRecord,
  recordOf,
} from './journal.js';
import { filledForm } from './leaf.js';
import { filledVerdict } from './plain-form.js';
import { integer, json, read, text, word } from './sqlite-columns.js';
import type { FormUser, SqliteForms } from './sqlite-forms.js';
import { isPlain, plainEntry, plainLeaf, plainRecord } from './sqlite-plain-rows.js';
import { stateOf, statusOf } from './sqlite-words.js';
import { bareVerdictKey } from './verdict-form.js';

/** A verdict with the number of its form and its moment, and the digest where it is not the message's; or as it is. */
type PackedVerdict = readonly [form: number, at: string, digest?: Digest] | Verdict;
type PackedEvent =
  | readonly [kind: HistoryEvent['kind'], at: string, attempt: number | null, reason?: string]
  | HistoryEvent;

/** In a fixed order. Flags are 0 and 1. */
type PackedEntry = readonly [
  tenant: string,
  agent: string,
  priority: number,
  position: number,
  attempt: number,
  token: number,
  notBefore: number,
  leaseUntil: number,
  processBound: number,
  holdUntil: number,
  expiresAt: number,
  settledAt: number,
  judgeAgain: number,
  orderingKey: string | null,
  retry: Entry['retry'] | null,
  reason: string | null,
  verdict: PackedVerdict,
  approvals: Entry['approvals'],
  history: readonly PackedEvent[],
  /** Of what was published to a topic, or belongs to a queue group; absent elsewhere, as `null` where one of them is. */
  topic?: string | null,
  recipientRevision?: string | null,
  holder?: Entry['holder'] | null,
];

type PackedRecord = readonly [
  tenant: string,
  from: string,
  senderRevision: string,
  createdAt: number,
  verdicts: readonly PackedVerdict[],
  recipients: MessageRecord['recipients'],
  entries: readonly (readonly [EntryState, PackedEntry])[],
];

/** The text of a verdict's form. */
export const verdictForm = (verdict: Verdict): string =>
  JSON.stringify({ ...verdict, binds: { ...verdict.binds, messageDigest: '' }, at: '' });

const packVerdict = (verdict: Verdict, digest: Digest | undefined, forms: FormUser): PackedVerdict => {
  const key = bareVerdictKey(verdict);
  if (key === undefined) return verdict;
  const { messageDigest: own } = verdict.binds;
  const form = forms.formOf(key, () => verdictForm(verdict));
  return own === digest ? [form, verdict.at] : [form, verdict.at, own];
};

const isForm = (packed: PackedVerdict): packed is Exclude<PackedVerdict, Verdict> => Array.isArray(packed);

const unpackVerdict = (packed: PackedVerdict, digest: Digest, forms: SqliteForms): Verdict => {
  if (!isForm(packed)) return packed;
  const [form, at, messageDigest = digest] = packed;
  return filledVerdict(forms.verdict(form), messageDigest, at);
};

const packEvent = (event: HistoryEvent): PackedEvent => {
  const { kind, at, attempt, reason, holder } = event;
  if (holder !== undefined) return event;
  return reason === undefined ? [kind, at, attempt ?? null] : [kind, at, attempt ?? null, reason];
};

const isPacked = (event: PackedEvent): event is Exclude<PackedEvent, HistoryEvent> => Array.isArray(event);

const unpackEvent = (packed: PackedEvent): HistoryEvent => {
  if (!isPacked(packed)) return packed;
  const [kind, at, attempt, reason] = packed;
  return { kind, at, ...(attempt === null ? {} : { attempt }), ...(reason === undefined ? {} : { reason }) };
};

const packEntry = (entry: Entry, digest: Digest | undefined, forms: FormUser): PackedEntry => {
  const packed = packPlain(entry, digest, forms);
  const { topic, recipientRevision, holder } = entry;
  if (topic === undefined && recipientRevision === undefined && holder === undefined) return packed;
  return [...packed, topic ?? null, recipientRevision ?? null, holder ?? null] as unknown as PackedEntry;
};

const packPlain = (entry: Entry, digest: Digest | undefined, forms: FormUser): PackedEntry => [
  entry.recipient.tenant,
  entry.recipient.agent,
  entry.priority,
  entry.position,
  entry.attempt,
  entry.token,
  entry.notBefore,
  entry.leaseUntil,
  entry.processBound ? 1 : 0,
  entry.holdUntil,
  entry.expiresAt,
  entry.settledAt,
  entry.judgeAgain ? 1 : 0,
  entry.orderingKey ?? null,
  entry.retry ?? null,
  entry.reason ?? null,
  packVerdict(entry.verdict, digest, forms),
  entry.approvals,
  entry.history.map(packEvent),
];

/** What is known of an entry beside what is packed. */
interface EntryPlace {
  readonly message: string;
  readonly ordinal: number;
  readonly state: EntryState;
  readonly digest: Digest;
}

const unpackEntry = (
  packed: PackedEntry,
  { message, ordinal, state, digest }: EntryPlace,
  forms: SqliteForms,
): Entry => {
  const [tenant, agent, priority, position, attempt, token, notBefore, leaseUntil, processBound, holdUntil, ...rest] =
    packed;
  const [expiresAt, settledAt, judgeAgain, orderingKey, retry, reason, verdict, approvals, history, ...several] = rest;
  const [topic, recipientRevision, holder] = several;
  return {
    message,
    ordinal,
    recipient: { tenant, agent },
    state,
    priority,
    position,
    attempt,
    token,
    notBefore,
    leaseUntil,
    processBound: processBound === 1,
    holdUntil,
    expiresAt,
    settledAt,
    verdict: unpackVerdict(verdict, digest, forms),
    judgeAgain: judgeAgain === 1,
    approvals,
    orderingKey: orderingKey ?? undefined,
    retry: retry ?? undefined,
    reason: reason ?? undefined,
    history: history.map(unpackEvent),
    topic: topic ?? undefined,
    recipientRevision: recipientRevision ?? undefined,
    holder: holder ?? undefined,
  };
};

export const insertedMessage = (
  admission: Admission,
  entries: readonly Entry[],
  forms: FormUser,
): readonly SqlValue[] => {
  const { envelope } = admission;
  const { contentBytes, digest, text: own } = envelope;
  const record = recordOf(admission, admittedStanding(admission));
  const packed: PackedRecord = [
    record.tenant,
    record.from,
    record.senderRevision,
    record.createdAt,
    record.verdicts.map((verdict) => packVerdict(verdict, digest, forms)),
    record.recipients,
    entries.map((entry) => [entry.state, packEntry(entry, digest, forms)]),
  ];
  return [record.id, JSON.stringify(packed), digest, contentBytes, keptBytes(admission, contentBytes), own];
};

/** @param number of its message, where that is at hand, and whether its leaf was written right before. */
export const changedEntry = (
  entry: Entry,
  known: { readonly number: number | undefined; readonly digest: Digest | undefined; readonly leaf: boolean },
  forms: FormUser,
): readonly SqlValue[] => [
  entry.state,
  known.number ?? null,
  entry.message,
  entry.ordinal,
  known.leaf ? 1 : 0,
  JSON.stringify(packEntry(entry, known.digest, forms)),
];

export const messageFromRow = (row: Row, forms: SqliteForms): MessageRecord => {
  const standing = {
    id: text(row['id']),
    status: word(row, 'status', (value) => statusOf(value ?? 'pending')),
    settledAt: integer(row['settled_at']),
    dead: integer(row['dead']) === 1,
  };
  if (isPlain(row)) return { ...standing, ...plainRecord(row, forms) };
  return read(row, 'record', (value) => {
    const [tenant, from, senderRevision, createdAt, verdicts, recipients] = value as PackedRecord;
    const digest = text(row['digest']);
    return {
      ...standing,
      tenant,
      from,
      senderRevision,
      createdAt,
      verdicts: verdicts.map((verdict) => unpackVerdict(verdict, digest, forms)),
      recipients,
    };
  });
};

/** The entries of a message as they were admitted; of a plain one as it has ended, if it has. */
export const admittedEntries = (row: Row, forms: SqliteForms): Entry[] => {
  if (isPlain(row)) return [plainEntry(row, forms)];
  return read(row, 'record', (value) => {
    const [, , , , , , entries] = value as PackedRecord;
    const [message, digest] = [text(row['id']), text(row['digest'])];
    return entries.map(([state, packed], ordinal) =>
      unpackEntry(packed, { message, ordinal, state: stateOf(state), digest }, forms),
    );
  });
};

export const entryFromRow = (row: Row, forms: SqliteForms): Entry =>
  read(row, 'body', (value) => {
    const place = {
      message: text(row['message']),
      ordinal: integer(row['ordinal']),
      state: stateOf(text(row['state'])),
      digest: text(row['digest']),
    };
    return unpackEntry(value as PackedEntry, place, forms);
  });

/** A moment in RFC 3339 with milliseconds, before the digest. */
const momentLength = 24;

export const leafFromRow = (row: Row, forms: SqliteForms): Leaf => {
  const index = integer(row['leaf']) - 1;
  const message = text(row['message']);
  if (row['digest'] !== null) return { index, message, text: plainLeaf(row, forms) };
  const own = text(row['text']);
  if (row['form'] === null) return { index, message, text: own };
  const form = forms.text(integer(row['form'])) ?? '';
  const [at, digest] = [own.slice(0, momentLength), own.slice(momentLength)];
  return { index, message, text: filledForm(form, { at, digest, message }) };
};

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
