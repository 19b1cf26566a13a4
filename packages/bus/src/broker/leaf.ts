import {
  agentKey,
  type DeliveryObligation,
  type Effect,
  type JsonValue,
  StoreError,
  sha256,
  type Verdict,
} from '@charterbus/core-models';
import type { Activation } from '@charterbus/policy-client';
import type { Admission } from './broker.js';
import { deliveryId, type Entry, type HistoryEvent } from './entry.js';
import type { FormedLeaf, Leaf, LeafText } from './journal.js';
import { bareVerdictKey } from './verdict-form.js';

const effectOf = ({ recipients }: Admission): Effect =>
  recipients.allowed > 0 ? 'allow' : recipients.held > 0 ? 'escalate' : 'deny';

/** What is changed of a message, without any value. */
const changeOf = (obligation: DeliveryObligation) =>
  obligation.kind === 'annotate'
    ? { header: obligation.header, kind: obligation.kind }
    : { kind: obligation.kind, path: obligation.path };

const verdictSummary = (verdict: Verdict) => ({
  action: verdict.facts?.action,
  approved: verdict.approved,
  cause: verdict.cause,
  dataVersion: verdict.binds.dataVersion,
  delivered: verdict.binds.deliveredDigest,
  effect: verdict.effect,
  facts: verdict.facts?.digest,
  obligations: verdict.obligations?.map(changeOf),
  point: verdict.point,
  policies: verdict.policies,
  reasons: verdict.reasons,
  recipientClass: verdict.binds.recipientClass,
});

/** SHA-256 over what each recipient gets, where that is not for all of them what was sent. */
const versionsOf = ({ entries, envelope }: Admission): string | undefined =>
  entries.some(({ verdict }) => verdict.binds.deliveredDigest !== undefined)
    ? sha256(JSON.stringify(entries.map(({ verdict }) => verdict.binds.deliveredDigest ?? envelope.digest)))
    : undefined;

/**
 * The leaf of an admission: what was judged, under what, and what came of it. Its text is canonical JSON (RFC 8785) by
 * construction: keys in order, nothing but strings, small integers, lists and objects; a test holds it to that.
 */
const admissionText = (admission: Admission): string => {
  const { message, digest } = admission.envelope;
  const [send] = admission.verdicts;
  const recipients = [
    ...admission.entries.map((entry) => `${entry.recipient.tenant}/${entry.recipient.agent}`),
    ...admission.denied,
  ];
  return JSON.stringify({
    at: message.createdAt,
    constitution: send.binds.constitutionDigest,
    conversation: message.conversationId,
    digest,
    effect: effectOf(admission),
    from: message.from,
    kind: 'admission',
    message: message.id,
    recipients: {
      allowed: admission.recipients.allowed,
      delivered: versionsOf(admission),
      denied: admission.recipients.denied,
      digest: sha256(JSON.stringify(recipients)),
      first: recipients[0],
      held: admission.recipients.held,
    },
    senderRevision: admission.senderRevision,
    tenant: message.tenant,
    type: message.type,
    usage: message.usage,
    v: 1,
    verdicts: admission.verdicts.slice(0, 2).map(verdictSummary),
  });
};

/** The leaf of what happened to an entry: a delivery that ended, a hold that was decided, a redrive. */
const settlementText = (entry: Entry, event: HistoryEvent): string =>
  JSON.stringify({
    at: event.at,
    attempt: entry.attempt,
    constitution: entry.verdict.binds.constitutionDigest,
    delivery: deliveryId(entry),
    digest: entry.verdict.binds.messageDigest,
    event: event.kind,
    holder: event.holder,
    kind: 'settlement',
    message: entry.message,
    reason: event.reason,
    recipient: entry.recipient.agent,
    recipientRevision: entry.verdict.binds.recipientRevision ?? entry.recipientRevision,
    state: entry.state,
    tenant: entry.recipient.tenant,
    v: 1,
    verdict: verdictSummary(entry.verdict),
  });

/** Of an admission without its text: the message, its verdicts, and the objects around them. */
const admissionWeight = 2500;
/** Of a settlement: the entry with its history. */
const settlementWeight = 500;

/** What stands in a form in place of the moment, the message's digest and its id; JSON text holds no such characters. */
const holes = { at: '\u0001', digest: '\u0002', message: '\u0003' } as const;

/** The text of a leaf whose form is kept apart. */
export const filledForm = (form: string, { at, digest, message }: Record<keyof typeof holes, string>): string =>
  form.replace(holes.at, at).replace(holes.digest, digest).replaceAll(holes.message, message);

/** Of each field the first one, which is the leaf's own: those before it hold no quotes that are not escaped. */
const formOf = (text: string, { at, digest, message }: Record<keyof typeof holes, string>): string =>
  text
    .replace(`"at":"${at}"`, `"at":"${holes.at}"`)
    .replace(`"digest":"${digest}"`, `"digest":"${holes.digest}"`)
    .replace(`"delivery":"${message}.`, `"delivery":"${holes.message}.`)
    .replace(`"message":"${message}"`, `"message":"${holes.message}"`);

/** The leaf of an admission, made when it is first asked for. */
export class AdmissionLeaf implements LeafText {
  readonly #admission: Admission;
  #text: string | undefined;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  get text(): string {
    this.#text ??= admissionText(this.#admission);
    return this.#text;
  }

  get weight(): number {
    return admissionWeight + this.#admission.envelope.leastBytes;
  }

  get formed(): FormedLeaf | undefined {
    const { denied, entries, envelope, senderRevision, verdicts } = this.#admission;
    const { message, digest } = envelope;
    const [only] = entries;
    if (only === undefined || entries.length > 1 || denied.length > 0) return;
    if (message.conversationId !== undefined || message.usage !== undefined) return;
    if (verdicts.length !== 2 || only.holdUntil !== undefined) return;
    const [send, receive] = [bareVerdictKey(verdicts[0]), bareVerdictKey(only.verdict)];
    if (send === undefined || receive === undefined || verdicts[1] !== only.verdict) return;
    const parts = { at: message.createdAt, digest, message: message.id };
    const key = `admission\n${message.tenant}\n${message.from}\n${senderRevision}\n${message.type}\n${send}\n${receive}`;
    return { key, at: parts.at, digest, form: () => formOf(this.text, parts) };
  }
}

/** What the leaf of a delivery says that its verdict does not bind: whose mailbox it was, where that is not plain. */
const ownOf = ({ holder, recipient, recipientRevision }: Entry): string =>
  holder === undefined && recipientRevision === undefined ? '' : `\n${agentKey(recipient)}\n${recipientRevision ?? ''}`;

/** The leaf of what happened to an entry, made when it is first asked for. */
export class SettlementLeaf implements LeafText {
  readonly #entry: Entry;
  readonly #event: HistoryEvent;
  #text: string | undefined;

  constructor(entry: Entry, event: HistoryEvent) {
    this.#entry = entry;
    this.#event = event;
  }

  get text(): string {
    this.#text ??= settlementText(this.#entry, this.#event);
    return this.#text;
  }

  get weight(): number {
    return settlementWeight;
  }

  /** Of a delivery: it is final, and needs no way to be found but by its entry. */
  get formed(): FormedLeaf | undefined {
    const { attempt, message, ordinal, state, verdict } = this.#entry;
    const { at, kind, reason } = this.#event;
    if (state !== 'delivered' || kind !== 'delivered' || reason !== undefined) return;
    const verdictKey = bareVerdictKey(verdict);
    if (verdictKey === undefined) return;
    const digest = verdict.binds.messageDigest;
    const key = `delivered\n${attempt}\n${ordinal}\n${verdictKey}${ownOf(this.#entry)}`;
    return { key, at, digest, form: () => formOf(this.text, { at, digest, message }) };
  }
}

/** @throws StoreError `STORE_CORRUPT`. */
export const readLeaf = ({ index, text }: Leaf): JsonValue => {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new StoreError('STORE_CORRUPT', `The store is damaged: leaf ${index} cannot be read.`, {
      details: { index },
    });
  }
};

/** The leaf of a constitution that came into force: who put it there, and why. */
export const activationLeaf = (activation: Activation): string =>
  JSON.stringify({
    at: activation.at,
    by: activation.by,
    constitution: activation.hash,
    dataVersion: activation.dataVersion,
    event: activation.kind,
    kind: 'activation',
    name: activation.name,
    number: activation.number,
    revision: activation.revision,
    v: 1,
    why: activation.why,
  });
