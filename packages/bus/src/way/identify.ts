import {
  type Agent,
  AgentError,
  type Envelope,
  encodeEnvelope,
  type Message,
  MessageError,
  rfc3339,
  sameRegistration,
  statementOf,
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

/** What is put off takes a place in its recipient's mailbox all the while, and nobody but its moment ends that. */
const longestAheadMs = 30 * 86_400_000;

const checkDeliverAt = ({ deliverAt }: ShapedDraft, now: number): void => {
  if (deliverAt === undefined || deliverAt <= now + longestAheadMs) return;
  const issues = [{ path: 'deliverAt', message: 'is more than 30 days ahead' }];
  throw new MessageError('MESSAGE_INVALID', 'The message at deliverAt is more than 30 days ahead.', {
    details: { issues },
  });
};

const addDelay = (message: { deliverAt?: string }, { delayMs = 0, expiresAt }: ShapedDraft, now: number): void => {
  if (delayMs === 0) return;
  const moment = now + delayMs;
  if (expiresAt === undefined || moment < expiresAt) {
    message.deliverAt = rfc3339(moment);
    return;
  }
  const issues = [{ path: 'delayMs', message: 'ends when the message has expired' }];
  throw new MessageError('MESSAGE_INVALID', 'The message at delayMs ends when the message has expired.', {
    details: { issues },
  });
};

/** Who is sending: the agent as it is now. */
export type Sending = Pick<Speaker, 'agent' | 'attests'>;

type Unfrozen = { -readonly [Field in keyof Message]: Message[Field] };

const stamped = (
  draft: ShapedDraft,
  { agent, attests }: Sending,
  { id, now }: { readonly id: string; readonly now: number },
  { constitution, telemetry }: JudgingContext,
): Message => {
  // What the sender states is made as those make it who sign.
  const message = statementOf(draft, agent) as Unfrozen;
  message.id = id;
  message.createdAt = rfc3339(now);
  if (draft.delayMs !== undefined) addDelay(message, draft, now);
  // To what its sender has signed nothing is added.
  if (draft.signature !== undefined) message.signature = draft.signature;
  else {
    if (attests && draft.constitutionalHash === undefined) message.constitutionalHash = constitution.shortHash;
    const headers = telemetry.stamped(message.headers, constitution.limits);
    if (headers !== undefined) message.headers = headers;
  }
  return frozen(message);
};

const frozen = (message: Unfrozen): Message => {
  Object.freeze(message.to);
  if (message.retry !== undefined) Object.freeze(message.retry);
  if (message.usage !== undefined) Object.freeze(message.usage);
  if (message.headers !== undefined) message.headers = Object.freeze({ ...message.headers });
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
  context.telemetry.identified(envelope);
  return envelope;
};
