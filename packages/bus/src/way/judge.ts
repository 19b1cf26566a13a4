import {
  type Agent,
  type AgentReference,
  type Envelope,
  type JudgementPoint,
  OperationError,
  type Verdict,
} from '@charterbus/core-models';
import type { Approval, ConversationReader, GatheredFacts, JudgementRequest } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { Addressed, Recipient } from './address.js';
import { answeredBy } from './answered.js';
import { DeliveredDigests } from './delivered.js';
import { gatherFacts } from './facts.js';
import { judgeSeveral } from './judge-several.js';
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
  /** Where they were gathered already, for just the one question that is asked. */
  readonly facts?: GatheredFacts;
}

type Unfrozen = { -readonly [Field in keyof JudgementRequest]: JudgementRequest[Field] };

const judgeAt = (
  point: JudgementPoint,
  subject: JudgementSubject,
  recipient: Agent | undefined,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Verdict> => {
  const { envelope, sender, approvals } = subject;
  const gathered = subject.facts ?? gatherFacts(point, subject, recipient, context, signal);
  const answer = answeredBy(envelope, sender, context);
  const known =
    answer instanceof Promise
      ? Promise.all([gathered, answer])
      : whenKnown(gathered, (facts) => [facts, answer] as const);
  return whenKnown(known, ([facts, answered]) => {
    const { message, contentBytes } = envelope;
    const { tenant } = message.to;
    const request: Unfrozen = {
      point,
      sender,
      tenant,
      message,
      messageDigest: envelope.digest,
      contentBytes,
      facts,
    };
    if (answered !== undefined) request.answered = answered;
    if (recipient !== undefined) request.recipient = recipient;
    if (approvals !== undefined) request.approvals = approvals;
    context.telemetry.acting(facts.action);
    return context.telemetry.constitutions.timed(point, context.constitution, () =>
      context.constitution.judge(request, signal),
    );
  });
};

/** May this recipient have this message, and what of it? @param delivered with what was asked for at `send`. */
export const judgeReceive = (
  subject: JudgementSubject,
  recipient: Agent,
  delivered: DeliveredDigests,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Verdict> =>
  whenKnown(judgeAt('receive', subject, recipient, context, signal), (verdict) => delivered.bind(verdict));

/** May this message be put to its address, whoever is there? For what is not one agent's. */
export const judgeSend = (subject: JudgementSubject, context: JudgingContext, signal: AbortSignal): Eventual<Verdict> =>
  judgeAt('send', subject, undefined, context, signal);

const unreachable = (envelope: Envelope, context: JudgingContext): Verdict =>
  verdictWithoutPolicies(
    envelope,
    { point: 'send', cause: 'routing', code: 'RECIPIENT_UNREACHABLE', reasons: ['RECIPIENT_UNREACHABLE'] },
    context,
  );

/** A held `send` holds every recipient that is not denied; a held `receive` holds its own. */
const stricter = (send: Verdict, receive: Verdict): Verdict =>
  receive.effect === 'allow' && send.effect === 'escalate' ? send : receive;

/** The verdict at `send`, with what it makes of the message. */
interface Sent {
  readonly verdict: Verdict;
  readonly delivered: DeliveredDigests;
}

const checkAborted = (signal: AbortSignal): void => {
  if (signal.aborted) throw new OperationError('ABORTED', 'The caller aborted before the message was accepted.');
};

/** To one agent, who may be nobody: who is asked answers at once or not, and nothing waits for a turn in between. */
const judgeOne = (
  subject: JudgementSubject,
  recipient: Recipient,
  { verdict: send, delivered }: Sent,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Judgement> => {
  // Of somebody unknown asked for the time it takes alone.
  const asked = send.effect === 'deny' ? send : judgeReceive(subject, recipient.agent, delivered, context, signal);
  return whenKnown(asked, (receive) => {
    if (recipient.unknown) {
      const verdict = unreachable(subject.envelope, context);
      return { send: verdict, recipients: [{ recipient, verdict }] };
    }
    checkAborted(signal);
    return { send, recipients: [{ recipient, verdict: stricter(send, receive) }] };
  });
};

/** Nobody is there. Where another tenant is addressed, that takes as long as if somebody were. */
const judgeNobody = (subject: JudgementSubject, context: JudgingContext, signal: AbortSignal): Eventual<Judgement> => {
  const { envelope, sender } = subject;
  const none = (): Judgement => ({ send: unreachable(envelope, context), recipients: [] });
  if (envelope.message.to.tenant === sender.tenant) return none();
  return whenKnown(judgeSend(subject, context, signal), none);
};

/**
 * Judges `send`, then `receive` for each recipient unless `send` is denied. Where `send` escalates, `receive` is asked
 * all the same: nobody should have to approve what is then denied.
 */
export const judge = (
  subject: JudgementSubject,
  addressed: Addressed,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Judgement> => {
  const { telemetry } = context;
  if (telemetry.quiet) return judgeAddressed(subject, addressed, context, signal);
  return telemetry.judgement(() => judgeAddressed(subject, addressed, context, signal), decisive);
};

/** The verdict by which a judgement is told: that of the first recipient, unless there is none. */
const decisive = ({ send, recipients: [first] }: Judgement): Verdict => first?.verdict ?? send;

const judgeAddressed = (
  subject: JudgementSubject,
  addressed: Addressed,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Judgement> => {
  const [first] = addressed.recipients;
  if (first === undefined) return judgeNobody(subject, context, signal);
  const only = addressed.direct ? first : undefined;
  return (only && recallBoth(subject, only, context, signal)) ?? judgeInFull(subject, addressed, only, context, signal);
};

/** What is remembered of messages of this kind at both points; nothing where somebody has to be asked. */
const recallBoth = (
  { envelope, sender, approvals }: JudgementSubject,
  recipient: Recipient,
  { constitution, clock }: JudgingContext,
  signal: AbortSignal,
): Judgement | undefined => {
  if (recipient.unknown || approvals !== undefined || signal.aborted) return undefined;
  const parties = { sender, recipient: recipient.agent, envelope };
  const now = clock.now();
  const recalled = constitution.recall(parties, now);
  if (recalled === undefined) return undefined;
  const [send, receive] = recalled;
  if (send.effect !== 'allow' || send.obligations !== undefined || receive.obligations !== undefined) return undefined;
  return { send, recipients: [{ recipient, verdict: receive }] };
};

const judgeInFull = (
  subject: JudgementSubject,
  addressed: Addressed,
  only: Recipient | undefined,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Judgement> => {
  const { envelope } = subject;
  return whenKnown(judgeAt('send', subject, only?.agent, context, signal), (send): Eventual<Judgement> => {
    const sent = { verdict: send, delivered: new DeliveredDigests(envelope, send.obligations) };
    if (only !== undefined) return judgeOne(subject, only, sent, context, signal);
    const judgeOther = (recipient: Agent, facts: GatheredFacts | undefined): Eventual<Verdict> =>
      whenKnown(
        judgeReceive(facts === undefined ? subject : { ...subject, facts }, recipient, sent.delivered, context, signal),
        (receive) => stricter(send, receive),
      );
    const several = judgeSeveral(subject, addressed.recipients, { send, judge: judgeOther }, context, signal);
    return whenKnown(several, (recipients) => {
      checkAborted(signal);
      return { send, recipients };
    });
  });
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
