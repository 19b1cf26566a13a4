import {
  type AgentReference,
  decodeEnvelope,
  type Envelope,
  rfc3339,
  StoreError,
  type Verdict,
} from '@charterbus/core-models';
import type { Row } from '@charterbus/store';
import type { Entry } from './entry.js';
import type { MessageRecord } from './journal.js';
import { filledForm } from './leaf.js';
import { deliveredEntry, oneAllowed, queuedEntry } from './plain.js';
import { envelopeText, filledVerdict, type PlainForm } from './plain-form.js';
import type { WaitingEntry } from './recall.js';
import { integer, text } from './sqlite-columns.js';
import type { SqliteForms } from './sqlite-forms.js';
import { positionsPerMs } from './turn.js';

/** Whether a message is plain: then its form and a few small values stand for its record and its entry. */
export const isPlain = (row: Row): boolean => typeof row['form'] === 'number';

/** @throws StoreError `STORE_CORRUPT`, with the place, as for whatever else cannot be read. */
const ofForm = <T>(row: Row, of: (form: PlainForm) => T, forms: SqliteForms): T => {
  try {
    return of(forms.plain(integer(row['form'])));
  } catch (cause) {
    if (StoreError.isInstance(cause)) throw cause;
    const message = text(row['message'] ?? row['id']);
    const details = { message, column: 'form' };
    throw new StoreError('STORE_CORRUPT', `The store is damaged: form of message ${message} cannot be read.`, {
      details,
    });
  }
};

const admittedAt = (row: Row): number => Math.floor(integer(row['position']) / positionsPerMs) - integer(row['ahead']);

const verdictOf = (row: Row, form: number, later: 'sent' | 'received', forms: SqliteForms): Verdict =>
  filledVerdict(forms.verdict(form), text(row['digest']), rfc3339(admittedAt(row) + integer(row[later])));

/** What stands in a message's record beside its standing. */
export const plainRecord = (
  row: Row,
  forms: SqliteForms,
): Omit<MessageRecord, 'id' | 'status' | 'settledAt' | 'dead'> =>
  ofForm(
    row,
    ({ tenant, from, senderRevision, forms: [send, receive] }) => ({
      tenant,
      from,
      senderRevision,
      createdAt: admittedAt(row),
      verdicts: [verdictOf(row, send, 'sent', forms), verdictOf(row, receive, 'received', forms)],
      recipients: oneAllowed,
    }),
    forms,
  );

/** The entry as it was admitted, or as it has ended plainly. */
export const plainEntry = (row: Row, forms: SqliteForms): Entry =>
  ofForm(
    row,
    ({ recipient, priority, forms: [, receive] }) => {
      const place = { message: text(row['id']), position: integer(row['position']) };
      const verdict = verdictOf(row, receive, 'received', forms);
      const queued = queuedEntry(place, { recipient, priority, verdict });
      const { ended, granted, token } = row;
      if (ended === null) return queued;
      return deliveredEntry(queued, { at: integer(ended), granted: integer(granted), token: integer(token) });
    },
    forms,
  );

/** What entries that wait have in common. */
export type WaitingForm = Pick<WaitingEntry, 'recipient' | 'priority'>;

export const waitingForm = (row: Row, forms: SqliteForms): WaitingForm =>
  ofForm(row, ({ recipient, priority }) => ({ recipient, priority }), forms);

/** What is left of an entry of a form that cannot be read: enough to set it aside. Nobody may have it. */
export const unreadableEntry = (row: Row, recipient: AgentReference): Entry => {
  const verdict: Verdict = {
    point: 'receive',
    effect: 'deny',
    cause: 'error',
    code: 'STORE_CORRUPT',
    reasons: ['STORE_CORRUPT'],
    policies: [],
    escalations: [],
    approved: [],
    binds: { messageDigest: text(row['digest']), constitutionDigest: '', dataVersion: '' },
    at: rfc3339(admittedAt(row)),
  };
  const place = { message: text(row['id']), position: integer(row['position']) };
  return queuedEntry(place, { recipient, priority: 0, verdict });
};

/** @throws StoreError `STORE_CORRUPT` where the bytes are not those that were admitted. */
export const envelopeFromRow = (row: Row, forms: SqliteForms): Envelope => {
  const own = text(row['envelope']);
  const whole = isPlain(row)
    ? ofForm(row, ({ middle }) => envelopeText(middle, text(row['id']), rfc3339(integer(row['at'])), own), forms)
    : own;
  return decodeEnvelope(whole, text(row['digest']), integer(row['content_bytes']));
};

/** The leaf of a plain admission, or that of its end. */
export const plainLeaf = (row: Row, forms: SqliteForms): string =>
  ofForm(
    row,
    ({ forms: [, , admission, delivered] }) => {
      const form = forms.text(integer(row['ends']) === 1 ? delivered : admission) ?? '';
      return filledForm(form, {
        at: rfc3339(integer(row['at'])),
        digest: text(row['digest']),
        message: text(row['message']),
      });
    },
    forms,
  );
