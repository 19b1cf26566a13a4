import {
  type Agent,
  type AgentReference,
  type Envelope,
  type JudgementPoint,
  OperationError,
  type Verdict,
} from '@charterbus/core-models';
import type { Approval, ConversationReader } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import type { Addressed, Recipient } from './address.js';
import { answeredBy } from './answered.js';
import { DeliveredDigests } from './delivered.js';
import { gatherFacts } from './facts.js';
import { verdictWithoutPolicies } from './screen.js';

/** What both judgements say of one recipient. The verdict is the one that decides: of two, the stricter. */
export interface Judged {
  readonly recipient: Recipient;
  readonly verdict: Verdict;
}

export interface Judgement {
  /** The verdict at `send`; of a message that nobody would get, the verdict on its address. */
  readonly send: Verdict;
  readonly recipients: readonly Judged[];
}

/** Both sides of one message, as the policies see them. */
export interface JudgementSubject {
  readonly envelope: Envelope;
  readonly sender: Agent;
  readonly approvals?: readonly Approval[];
  /** What is known of the message's conversation. */
  readonly conversation?: ConversationReader;
}

const judgeAt = async (
  point: JudgementPoint,
  subject: JudgementSubject,
  recipient: Agent | undefined,
  context: JudgingContext,
  signal: AbortSignal,
): Promise<Verdict> => {
  const { envelope, sender, approvals } = subject;
  const answered = answeredBy(envelope, sender, context);
  const request = {
    point,
    sender,
    ...(recipient === undefined ? {} : { recipient }),
    tenant: envelope.message.to.tenant,
    message: envelope.message,
    messageDigest: envelope.digest,
    contentBytes: envelope.contentBytes,
    facts: await gatherFacts(point, subject, recipient, context, signal),
    ...(answered === undefined ? {} : { answered }),
    ...(approvals === undefined ? {} : { approvals }),
  };
  return context.constitution.judge(request, signal);
};

/** May this recipient have this message, and what of it? @param delivered with what was asked for at `send`. */
export const judgeReceive = async (
  subject: JudgementSubject,
  recipient: Agent,
  delivered: DeliveredDigests,
  context: JudgingContext,
  signal: AbortSignal,
): Promise<Verdict> => delivered.bind(await judgeAt('receive', subject, recipient, context, signal));

const unreachable = (envelope: Envelope, context: JudgingContext): Verdict =>
  verdictWithoutPolicies(
    envelope,
    { point: 'send', cause: 'routing', code: 'RECIPIENT_UNREACHABLE', reasons: ['RECIPIENT_UNREACHABLE'] },
    context,
  );

/** Judgements by an engine in this thread, after which others get their turn: about ten milliseconds' worth. */
export const judgementsPerTurn = 64;

export const nextTurn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

/** A held `send` holds every recipient that is not denied; a held `receive` holds its own. */
const stricter = (send: Verdict, receive: Verdict): Verdict =>
  receive.effect === 'allow' && send.effect === 'escalate' ? send : receive;

/**
 * Judges `send`, then `receive` for each recipient unless `send` is denied. Where `send` escalates, `receive` is asked
 * all the same: nobody should have to approve what is then denied.
 */
export const judge = async (
  subject: JudgementSubject,
  addressed: Addressed,
  context: JudgingContext,
  signal: AbortSignal,
): Promise<Judgement> => {
  const { envelope } = subject;
  if (addressed.recipients.length === 0) return { send: unreachable(envelope, context), recipients: [] };
  const only = addressed.direct ? addressed.recipients[0] : undefined;
  const send = await judgeAt('send', subject, only?.agent, context, signal);
  const delivered = new DeliveredDigests(envelope, send.obligations);
  if (only?.unknown === true) {
    // Asked for the time it takes alone.
    if (send.effect !== 'deny') await judgeReceive(subject, only.agent, delivered, context, signal);
    const verdict = unreachable(envelope, context);
    return { send: verdict, recipients: [{ recipient: only, verdict }] };
  }
  const recipients: Judged[] = [];
  for (const [index, recipient] of addressed.recipients.entries()) {
    if (index % judgementsPerTurn === judgementsPerTurn - 1) await nextTurn();
    const receive =
      send.effect === 'deny' ? send : await judgeReceive(subject, recipient.agent, delivered, context, signal);
    recipients.push({ recipient, verdict: stricter(send, receive) });
  }
  if (signal.aborted) throw new OperationError('ABORTED', 'The caller aborted before the message was accepted.');
  return { send, recipients };
};

const referenceOf = ({ tenant, id }: Agent): AgentReference => ({ tenant, agent: id });

/**
 * Judges a stored message for one of its recipients as if it were sent now. Where it escalates, the verdict names what
 * it waits for at both points, since both have to be approved.
 */
export const judgeBoth = async (
  subject: JudgementSubject,
  recipient: Agent,
  context: JudgingContext,
  signal: AbortSignal,
): Promise<Verdict> => {
  const direct = 'agent' in subject.envelope.message.to;
  const recipients = [{ reference: referenceOf(recipient), agent: recipient, unknown: false }];
  const judgement = await judge(subject, { direct, recipients }, context, signal);
  const { send } = judgement;
  const verdict = judgement.recipients[0]?.verdict ?? send;
  if (verdict.effect !== 'escalate' || verdict === send) return verdict;
  return { ...verdict, escalations: [...send.escalations, ...verdict.escalations] };
};
