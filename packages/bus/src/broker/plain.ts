import {
  type AgentReference,
  type Message,
  priorityRank,
  type RecipientCounts,
  rfc3339,
  type Verdict,
} from '@charterbus/core-models';
import type { Admission } from './broker.js';
import type { Entry, HistoryEvent } from './entry.js';
import { keptBytes } from './journal.js';

export const oneAllowed: RecipientCounts = Object.freeze({ allowed: 1, held: 0, denied: 0 });

/** What a plain message counts beside its content; see `keptBytes`. */
export const plainBytes = keptBytes({ verdicts: [undefined, undefined] as never, recipients: oneAllowed }, 0);

/** All fields that a message can have: whoever adds one decides here whether a plain message may have it. */
const messageFields: Readonly<Record<keyof Message, 'own' | 'form' | 'absent'>> = {
  id: 'own',
  tenant: 'form',
  from: 'form',
  to: 'form',
  type: 'form',
  priority: 'form',
  conversationId: 'absent',
  inReplyTo: 'absent',
  constitutionalHash: 'form',
  createdAt: 'own',
  expiresAt: 'absent',
  deliverAt: 'absent',
  orderingKey: 'absent',
  retry: 'absent',
  headers: 'absent',
  usage: 'absent',
  signature: 'absent',
  content: 'own',
};

/** All fields that an entry can have: of a plain one, those that are kept, and those that are always the same. */
const entryFields: Readonly<Record<keyof Entry, 'kept' | 'form' | 'same' | 'absent'>> = {
  message: 'kept',
  ordinal: 'same',
  recipient: 'form',
  state: 'kept',
  priority: 'form',
  position: 'kept',
  attempt: 'same',
  token: 'kept',
  notBefore: 'same',
  leaseUntil: 'same',
  processBound: 'same',
  holdUntil: 'same',
  expiresAt: 'same',
  orderingKey: 'absent',
  retry: 'absent',
  topic: 'absent',
  recipientRevision: 'absent',
  holder: 'absent',
  settledAt: 'kept',
  verdict: 'form',
  judgeAgain: 'same',
  approvals: 'same',
  reason: 'absent',
  history: 'kept',
};

const absentOf = <Field extends string>(fields: Readonly<Record<Field, string>>): readonly Field[] =>
  (Object.keys(fields) as Field[]).filter((field) => fields[field] === 'absent');

const absentFromMessage = absentOf(messageFields);
const absentFromEntry = absentOf(entryFields);

const lacks = <T extends object>(value: T, fields: readonly (keyof T)[]): boolean => {
  for (const field of fields) if (value[field] !== undefined) return false;
  return true;
};

let lastMoment = '';
let lastMilliseconds: number | undefined;

/** The milliseconds of a moment, where the text is the one that is made of them. What happens together shares its moment. */
export const momentOf = (text: string): number | undefined => {
  if (text === lastMoment) return lastMilliseconds;
  const milliseconds = Date.parse(text);
  lastMilliseconds =
    Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== text ? undefined : milliseconds;
  lastMoment = text;
  return lastMilliseconds;
};

/** An admission that asks for nothing in particular, with its two verdicts. */
export interface PlainAdmission {
  readonly message: Message;
  readonly recipient: AgentReference;
  readonly send: Verdict;
  readonly receive: Verdict;
}

const isDirect = ({ to, priority }: Message, entry: Entry): boolean =>
  'agent' in to &&
  to.agent === entry.recipient.agent &&
  to.tenant === entry.recipient.tenant &&
  entry.priority === priorityRank(priority);

/** Whether nothing has happened to it since its admission, and it waits for nothing but its turn. */
export const isAsAdmitted = (entry: Entry): boolean =>
  entry.state === 'queued' &&
  entry.ordinal === 0 &&
  entry.attempt === 0 &&
  entry.token === 0 &&
  entry.history.length === 0 &&
  entry.leaseUntil === 0 &&
  entry.settledAt === 0 &&
  !entry.processBound &&
  isUnmarked(entry);

const isUnmarked = (entry: Entry): boolean =>
  entry.notBefore === 0 &&
  entry.holdUntil === 0 &&
  entry.expiresAt === 0 &&
  !entry.judgeAgain &&
  entry.approvals.length === 0 &&
  lacks(entry, absentFromEntry);

/** Whether it is to one recipient, with nothing beside the message and its entry to be kept. */
const isAlone = ({ dedupe, denied, facts, verdicts }: Admission, entries: readonly Entry[]): boolean =>
  entries.length === 1 &&
  verdicts.length === 2 &&
  denied.length === 0 &&
  dedupe === undefined &&
  (facts === undefined || facts.length === 0);

const isPlainMessage = (message: Message, at: number): boolean =>
  lacks(message, absentFromMessage) && message.createdAt === rfc3339(at);

/** The parts of a plain admission; nothing where it is another one. Whether its verdicts are bare is not looked at. */
export const plainAdmission = (admission: Admission, entries: readonly Entry[]): PlainAdmission | undefined => {
  const [entry] = entries;
  const { at, envelope, verdicts } = admission;
  const [send, receive] = verdicts;
  if (entry === undefined || !isAlone(admission, entries) || receive !== entry.verdict) return undefined;
  const { message } = envelope;
  if (!isDirect(message, entry) || !isAsAdmitted(entry) || !isPlainMessage(message, at)) return undefined;
  return { message, recipient: entry.recipient, send, receive };
};

/** Whether it is what happened at the first attempt, with nothing more to say. */
const isOfFirst = ({ kind, attempt, holder, reason }: HistoryEvent, expected: HistoryEvent['kind']): boolean =>
  kind === expected && attempt === 1 && holder === undefined && reason === undefined;

/** Whether the entry was delivered to a handler at the first attempt. */
const isDelivered = (entry: Entry): boolean =>
  entry.state === 'delivered' &&
  entry.ordinal === 0 &&
  entry.attempt === 1 &&
  entry.processBound &&
  entry.leaseUntil === 0 &&
  Number.isInteger(entry.settledAt) &&
  isUnmarked(entry);

/** What is kept of the first delivery of a plain message, if it was by a handler and nothing happened before. */
export interface PlainEnd {
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** So many milliseconds before. */
  readonly granted: number;
  readonly token: number;
}

/** Every change leaves its event: what has these two alone is otherwise as it was admitted. */
export const plainEnd = (entry: Entry, event: HistoryEvent): PlainEnd | undefined => {
  const { history, settledAt, token } = entry;
  const [grant, end] = history;
  if (grant === undefined || end !== event || history.length !== 2 || !isDelivered(entry)) return undefined;
  if (!isOfFirst(grant, 'granted') || !isOfFirst(event, 'delivered') || event.at !== rfc3339(settledAt))
    return undefined;
  const grantedAt = grant.at === event.at ? settledAt : momentOf(grant.at);
  return grantedAt === undefined ? undefined : { at: settledAt, granted: settledAt - grantedAt, token };
};

const noHistory: Entry['history'] = Object.freeze([]);
const noApprovals: Entry['approvals'] = Object.freeze([]);

/** The entry of a plain message as it was admitted. */
export const queuedEntry = (
  { message, position }: Pick<Entry, 'message' | 'position'>,
  { recipient, priority, verdict }: Pick<Entry, 'recipient' | 'priority' | 'verdict'>,
): Entry => ({
  message,
  ordinal: 0,
  recipient,
  state: 'queued',
  priority,
  position,
  attempt: 0,
  token: 0,
  notBefore: 0,
  leaseUntil: 0,
  processBound: false,
  holdUntil: 0,
  expiresAt: 0,
  settledAt: 0,
  verdict,
  judgeAgain: false,
  approvals: noApprovals,
  orderingKey: undefined,
  retry: undefined,
  reason: undefined,
  history: noHistory,
});

/** The same after its plain end. */
export const deliveredEntry = (queued: Entry, { at, granted, token }: PlainEnd): Entry => ({
  ...queued,
  state: 'delivered',
  attempt: 1,
  token,
  processBound: true,
  settledAt: at,
  history: [
    { at: rfc3339(at - granted), kind: 'granted', attempt: 1 },
    { at: rfc3339(at), kind: 'delivered', attempt: 1 },
  ],
});
