import { type Effect, type JsonValue, StoreError, sha256, type Verdict } from '@charterbus/core-models';
import type { Admission } from './broker.js';
import { deliveryId, type Entry, type HistoryEvent } from './entry.js';
import type { Leaf, LeafText } from './journal.js';

const effectOf = ({ recipients }: Admission): Effect =>
  recipients.allowed > 0 ? 'allow' : recipients.held > 0 ? 'escalate' : 'deny';

const verdictSummary = (verdict: Verdict) => ({
  approved: verdict.approved,
  cause: verdict.cause,
  dataVersion: verdict.binds.dataVersion,
  effect: verdict.effect,
  facts: verdict.facts?.digest,
  point: verdict.point,
  policies: verdict.policies,
  reasons: verdict.reasons,
});

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
      denied: admission.recipients.denied,
      digest: sha256(JSON.stringify(recipients)),
      first: recipients[0],
      held: admission.recipients.held,
    },
    senderRevision: admission.senderRevision,
    tenant: message.tenant,
    type: message.type,
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
    kind: 'settlement',
    message: entry.message,
    reason: event.reason,
    recipient: entry.recipient.agent,
    recipientRevision: entry.verdict.binds.recipientRevision,
    state: entry.state,
    tenant: entry.recipient.tenant,
    v: 1,
    verdict: verdictSummary(entry.verdict),
  });

/** Of an admission without its text: the message, its verdicts, and the objects around them. */
const admissionWeight = 2500;
/** Of a settlement: the entry with its history. */
const settlementWeight = 500;

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
    return admissionWeight + this.#admission.envelope.contentBytes;
  }
}

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
