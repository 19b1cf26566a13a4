import {
  type Address,
  type Agent,
  AgentError,
  type Envelope,
  encodeEnvelope,
  type Message,
  MessageError,
  rfc3339,
  sameRegistration,
} from '@charterbus/core-models';
import { checkContentBytes, type ShapedDraft } from '@charterbus/validators';
import type { BusContext, JudgingContext } from '../context.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { Speaker } from './speaker.js';

const checkClaims = (draft: ShapedDraft, agent: Agent): void => {
  const claims =
    (draft.from !== undefined && draft.from !== agent.id) ||
    (draft.tenant !== undefined && draft.tenant !== agent.tenant);
  if (claims) {
    throw new AgentError(
      'IDENTITY_CLAIMED',
      'The body names another sender than the credential; leave `from` and `tenant` out.',
    );
  }
};

/** The agent that sent a stored message, while it is registered. */
export const senderOf = ({ message }: Envelope, { registry, broker }: BusContext): Eventual<Agent | undefined> =>
  whenKnown(broker.reader.message(message.id), (record) => {
    const agent = registry.find({ tenant: message.tenant, agent: message.from });
    return sameRegistration(agent?.revision, record?.senderRevision) ? agent : undefined;
  });

const addressOf = (to: ShapedDraft['to'], tenant: string): Address => {
  if ('agent' in to) return { tenant: to.tenant ?? tenant, agent: to.agent };
  if ('topic' in to) return { tenant: to.tenant ?? tenant, topic: to.topic };
  if ('capability' in to) return { tenant: to.tenant ?? tenant, capability: to.capability };
  return { tenant, everyone: true };
};

/** What is put off takes a place in its recipient's mailbox all the while, and nobody but its moment ends that. */
const longestAheadMs = 30 * 86_400_000;

const checkDeliverAt = ({ deliverAt }: ShapedDraft, now: number): void => {
  if (deliverAt === undefined || deliverAt <= now + longestAheadMs) return;
  const issues = [{ path: 'deliverAt', message: 'is more than 30 days ahead' }];
  throw new MessageError('MESSAGE_INVALID', 'The message at deliverAt is more than 30 days ahead.', {
    details: { issues },
  });
};

/** When a message may be given, in milliseconds since the epoch: as stated, or after a delay. */
const deliverAtOf = ({ delayMs, deliverAt, expiresAt }: ShapedDraft, now: number): number | undefined => {
  if (delayMs === undefined || delayMs === 0) return deliverAt;
  const moment = now + delayMs;
  if (expiresAt === undefined || moment < expiresAt) return moment;
  const issues = [{ path: 'delayMs', message: 'ends when the message has expired' }];
  throw new MessageError('MESSAGE_INVALID', 'The message at delayMs ends when the message has expired.', {
    details: { issues },
  });
};

type Unfrozen = { -readonly [Field in keyof Message]: Message[Field] };

/** What few messages state. */
const addStated = (message: Unfrozen, draft: ShapedDraft, now: number): void => {
  const deliverAt = deliverAtOf(draft, now);
  if (draft.conversationId !== undefined) message.conversationId = draft.conversationId;
  if (draft.inReplyTo !== undefined) message.inReplyTo = draft.inReplyTo;
  if (draft.expiresAt !== undefined) message.expiresAt = rfc3339(draft.expiresAt);
  if (deliverAt !== undefined) message.deliverAt = rfc3339(deliverAt);
  if (draft.orderingKey !== undefined) message.orderingKey = draft.orderingKey;
  if (draft.retry !== undefined) message.retry = Object.freeze(draft.retry);
  if (draft.headers !== undefined) message.headers = Object.freeze({ ...draft.headers });
  if (draft.signature !== undefined) message.signature = draft.signature;
};

/** Who is sending: the agent as it is now. */
export type Sending = Pick<Speaker, 'agent' | 'attests'>;

const stamped = (
  draft: ShapedDraft,
  { agent, attests }: Sending,
  { id, now }: { readonly id: string; readonly now: number },
  { constitution }: JudgingContext,
): Message => {
  const message: Unfrozen = {
    id,
    tenant: agent.tenant,
    from: agent.id,
    to: Object.freeze(addressOf(draft.to, agent.tenant)),
    type: draft.type,
    priority: draft.priority ?? 'normal',
    createdAt: rfc3339(now),
    content: draft.content,
  };
  // To what its sender has signed nothing is added.
  const added = attests && draft.signature === undefined ? constitution.shortHash : undefined;
  const attestation = draft.constitutionalHash ?? added;
  if (attestation !== undefined) message.constitutionalHash = attestation;
  addStated(message, draft, now);
  return Object.freeze(message);
};

/**
 * Stamps who speaks, and encodes the message once: from here on its bytes and its digest are fixed.
 *
 * @param id its own, also where it is identified again since another constitution has come into force; now in milliseconds.
 * @throws AgentError `IDENTITY_CLAIMED`; MessageError `MESSAGE_INVALID` or `MESSAGE_TOO_LARGE`.
 */
export const identify = (
  draft: ShapedDraft,
  speaker: Sending,
  { id, now }: { readonly id: string; readonly now: number },
  context: JudgingContext,
): Envelope => {
  const { agent } = speaker;
  checkClaims(draft, agent);
  checkDeliverAt(draft, now);
  const message = stamped(draft, speaker, { id, now }, context);
  const envelope = encodeEnvelope(message, draft.leastBytes);
  checkContentBytes(envelope, context.constitution.limits);
  return envelope;
};
