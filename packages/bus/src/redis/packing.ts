import { type AgentReference, agentKey, rfc3339, StoreError, type Verdict } from '@charterbus/core-models';
import { type Entry, type EntryState, type HistoryEvent, historyEvent } from '../broker/entry.js';
import type { MessageRecord } from '../broker/journal.js';
import { type Eventual, whenKnown } from '../eventual.js';
import { isPackedForm, type PackedVerdict, type RedisForms, type UsedForms } from './forms.js';

export const stateLetters: Readonly<Record<EntryState, string>> = {
  queued: 'q',
  leased: 'l',
  held: 'h',
  delivered: 'd',
  dead: 'x',
  refused: 'r',
  dropped: 'o',
};
const states = new Map(Object.entries(stateLetters).map(([state, letter]) => [letter, state as EntryState]));

/** The queue that an entry waits in. */
export const mailboxOf = (recipient: AgentReference): string => agentKey(recipient);

export const recipientOf = (mailbox: string): AgentReference => {
  const slash = mailbox.indexOf('/');
  return { tenant: mailbox.slice(0, slash), agent: mailbox.slice(slash + 1) };
};

type PackedEvent = readonly [kind: HistoryEvent['kind'], at: number, attempt?: number, reason?: string] | HistoryEvent;

/** What of an entry no script reads, in a fixed order; what is absent is 0. */
type PackedBody = readonly [
  settledAt: number,
  judgeAgain: number,
  retry: Entry['retry'] | 0,
  reason: string | 0,
  verdict: PackedVerdict,
  approvals: Entry['approvals'],
  history: readonly PackedEvent[],
  recipientRevision: string | 0,
];

/** `undefined` in a list would be written as `null`, and read as a value. */
const packEvent = (event: HistoryEvent): PackedEvent => {
  if (event.holder !== undefined) return event;
  const at = Date.parse(event.at);
  const { kind, attempt = -1, reason } = event;
  return reason === undefined ? [kind, at, attempt] : [kind, at, attempt, reason];
};

const unpackEvent = (packed: PackedEvent): HistoryEvent => {
  if (!Array.isArray(packed)) return packed as HistoryEvent;
  const [kind, at, attempt, reason] = packed as Exclude<PackedEvent, HistoryEvent>;
  return {
    kind,
    at: rfc3339(at),
    ...(attempt === undefined || attempt < 0 ? {} : { attempt }),
    ...(reason === undefined ? {} : { reason }),
  };
};

export type BodyParts = Pick<
  Entry,
  'settledAt' | 'judgeAgain' | 'retry' | 'reason' | 'verdict' | 'approvals' | 'history' | 'recipientRevision'
>;

export const packBody = (entry: BodyParts, digest: string, forms: RedisForms, used: UsedForms): string => {
  const packed: PackedBody = [
    entry.settledAt,
    entry.judgeAgain ? 1 : 0,
    entry.retry ?? 0,
    entry.reason ?? 0,
    forms.pack(entry.verdict, digest, used),
    entry.approvals,
    entry.history.map(packEvent),
    entry.recipientRevision ?? 0,
  ];
  return JSON.stringify(packed);
};

/** An entry as Redis keeps it, and the digest of its message. */
export interface StoredEntry {
  readonly member: string;
  /** A header, which scripts read and write, and in the last line a body. */
  readonly text: string;
  readonly digest: string;
}

/** An entry with the number of its state: a change is made to that one or to none. */
export interface Versioned {
  readonly entry: Entry;
  readonly version: string;
  /** Indexes of its message's leaves, where that has no other recipient. */
  readonly leaves?: string;
  readonly digest: string;
  /** Members of its queue group who were passed over. */
  readonly passedBy?: ReadonlySet<string>;
}

export const damaged = (what: string, message: string): StoreError =>
  new StoreError('STORE_CORRUPT', `The store is damaged: ${what} of message ${message} cannot be read.`, {
    details: { message },
  });

const whole = (verdict: PackedVerdict, digest: string, forms: RedisForms): Eventual<Verdict | undefined> => {
  if (!isPackedForm(verdict)) return verdict;
  const [form, at, messageDigest = digest] = verdict;
  return whenKnown(forms.verdict(form), (bare) => bare && { ...bare, binds: { ...bare.binds, messageDigest }, at });
};

const messageLength = 36;
const headerFields = 21;

const readHeader = (header: string) => {
  const fields: string[] = [];
  let start = 0;
  for (let count = 0; count < headerFields; count++) {
    const space = header.indexOf(' ', start);
    fields.push(space < 0 ? header.slice(start) : header.slice(start, space));
    start = space < 0 ? header.length : space + 1;
  }
  const lane = header.slice(start);
  return { fields, lane };
};

/** What scripts have done since the body was written. */
const addedHistory = (
  { state, attempt, holder }: Pick<Entry, 'state' | 'attempt' | 'holder'>,
  grantedAt: number,
  doneAt: number,
): readonly HistoryEvent[] => {
  const added: HistoryEvent[] = [];
  const to = holder === undefined ? undefined : agentKey(holder);
  if (grantedAt > 0) added.push(historyEvent('granted', rfc3339(grantedAt), attempt, undefined, to));
  if (doneAt > 0 && state === 'delivered') added.push({ kind: 'delivered', at: rfc3339(doneAt), attempt });
  return added;
};

const historyLimit = 50;
const bounded = (history: readonly HistoryEvent[]): readonly HistoryEvent[] =>
  history.length <= historyLimit ? history : [...history.slice(0, 1), ...history.slice(1 - historyLimit)];

/** Those named after the number of their time; see `scripts/sharing.ts`. */
const passedOf = (passed: string): ReadonlySet<string> | undefined =>
  passed === '-' ? undefined : new Set(passed.slice(passed.indexOf(':') + 1).split(','));

/** What scripts read and write of an entry. */
const headOf = ({ member, text }: StoredEntry) => {
  const { fields, lane } = readHeader(text.slice(0, text.lastIndexOf('\n')));
  const [letter = '', version = '', attempt, token, priority, position, notBefore, leaseUntil, bound, holdUntil] =
    fields;
  const [, , , , , , , , , , expiresAt, grantedAt, doneAt] = fields;
  const [leaves = '', holder = '-', passed = '-', topic = '-', mailbox = ''] = fields.slice(16);
  const state = states.get(letter);
  if (state === undefined) throw damaged('an entry', member.slice(0, messageLength));
  const head = {
    message: member.slice(0, messageLength),
    ordinal: Number(member.slice(messageLength + 1)),
    recipient: recipientOf(mailbox),
    state,
    priority: Number(priority),
    position: Number(position),
    attempt: Number(attempt),
    token: Number(token),
    notBefore: Number(notBefore),
    leaseUntil: Number(leaseUntil),
    processBound: bound !== '-',
    holdUntil: Number(holdUntil),
    expiresAt: Number(expiresAt),
    orderingKey: lane === '' ? undefined : lane,
    topic: topic === '-' ? undefined : topic.slice(1),
    holder: holder === '-' ? undefined : recipientOf(holder),
  };
  return { head, version, leaves, grantedAt: Number(grantedAt), doneAt: Number(doneAt), passedBy: passedOf(passed) };
};

const readBody = ({ member, text }: StoredEntry): PackedBody => {
  try {
    return JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as PackedBody;
  } catch {
    throw damaged('an entry', member.slice(0, messageLength));
  }
};

/** @throws StoreError `STORE_CORRUPT`. */
export const unpackEntry = (stored: StoredEntry, forms: RedisForms): Eventual<Versioned> => {
  const { digest } = stored;
  const { head, version, leaves, grantedAt, doneAt, passedBy } = headOf(stored);
  const [settledAt, judgeAgain, retry, reason, packedVerdict, approvals, history, recipientRevision] = readBody(stored);
  return whenKnown(whole(packedVerdict, digest, forms), (verdict) => {
    if (verdict === undefined) throw damaged('a verdict', head.message);
    const added = addedHistory(head, grantedAt, doneAt);
    const entry: Entry = {
      ...head,
      settledAt: doneAt > 0 ? doneAt : settledAt,
      verdict,
      judgeAgain: judgeAgain === 1,
      approvals: doneAt > 0 ? [] : approvals,
      retry: retry === 0 ? undefined : retry,
      reason: reason === 0 ? undefined : reason,
      recipientRevision: recipientRevision === 0 ? undefined : recipientRevision,
      history: bounded([...history.map(unpackEvent), ...added]),
    };
    return { entry, version, leaves, digest, ...(passedBy && { passedBy }) };
  });
};

type PackedRecord = readonly [
  tenant: string,
  from: string,
  senderRevision: string,
  createdAt: number,
  verdicts: readonly PackedVerdict[],
  recipients: readonly [allowed: number, held: number, denied: number],
  contentBytes: number,
];

export type RecordParts = Pick<
  MessageRecord,
  'tenant' | 'from' | 'senderRevision' | 'createdAt' | 'verdicts' | 'recipients'
>;

export const packRecord = (
  record: RecordParts,
  { digest, contentBytes }: { readonly digest: string; readonly contentBytes: number },
  forms: RedisForms,
  used: UsedForms,
): string => {
  const { allowed, held, denied } = record.recipients;
  const packed: PackedRecord = [
    record.tenant,
    record.from,
    record.senderRevision,
    record.createdAt,
    record.verdicts.map((verdict) => forms.pack(verdict, digest, used)),
    [allowed, held, denied],
    contentBytes,
  ];
  return JSON.stringify(packed);
};

const digestLength = 64;

/** Of what is kept of a message: before its record stand its digest, and what it counts for the bound on finished ones. */
export const digestOf = (content: string): string => content.slice(0, digestLength);

/** The text of the envelope comes last. */
export const envelopeOf = (content: string): string => content.slice(content.indexOf('\n') + 1);

export const packContent = (parts: {
  readonly digest: string;
  readonly bytes: number;
  readonly record: string;
  readonly envelope: string;
}): string => `${parts.digest}${parts.bytes} ${parts.record}\n${parts.envelope}`;

/** @throws StoreError `STORE_CORRUPT`. */
export const unpackRecord = async (
  { id, text }: { readonly id: string; readonly text: string },
  forms: RedisForms,
): Promise<RecordParts & { readonly contentBytes: number }> => {
  const digest = digestOf(text);
  let packed: PackedRecord;
  try {
    packed = JSON.parse(text.slice(text.indexOf(' ', digestLength) + 1, text.indexOf('\n'))) as PackedRecord;
  } catch {
    throw damaged('the record', id);
  }
  const [tenant, from, senderRevision, createdAt, packedVerdicts, [allowed, held, denied], contentBytes] = packed;
  const verdicts = await Promise.all(
    packedVerdicts.map(async (one) => {
      const verdict = await whole(one, digest, forms);
      if (verdict === undefined) throw damaged('a verdict', id);
      return verdict;
    }),
  );
  return { tenant, from, senderRevision, createdAt, verdicts, recipients: { allowed, held, denied }, contentBytes };
};

/** A member of the set of dead letters, whose order backwards is: newest message first, then by recipient. */
export const deadMember = (message: string, ordinal: number): string =>
  `${message}.${String(9_999_999 - ordinal).padStart(7, '0')}`;

export const deliveryOfDead = (member: string): string =>
  `${member.slice(0, messageLength)}.${9_999_999 - Number(member.slice(messageLength + 1))}`;
