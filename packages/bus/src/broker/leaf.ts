import {
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
import type { Leaf } from './journal.js';

const effectOf = ({ recipients }: Admission): Effect =>
  recipients.allowed > 0 ? 'allow' : recipients.held > 0 ? 'escalate' : 'deny';

/** What is changed of a message, without any value. */
const changeOf = (obligation: DeliveryObligation) =>
  obligation.kind === 'annotate'
    ? { header: obligation.header, kind: obligation.kind }
    : { kind: obligation.kind, path: obligation.path };

const verdictSummary = (verdict: Verdict) => ({
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
export const admissionLeaf = (admission: Admission): string => {
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
    v: 1,
    verdicts: admission.verdicts.slice(0, 2).map(verdictSummary),
  });
};

/** The leaf of what happened to an entry: a delivery that ended, a hold that was decided, a redrive. */
export const settlementLeaf = (entry: Entry, event: HistoryEvent): string =>
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
