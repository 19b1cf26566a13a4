import type { ContentScreens } from '@charterbus/bus';
import { type Agent, type Envelope, encodeEnvelope, type Verdict } from '@charterbus/core-models';
import {
  type Constitution,
  type ConversationReader,
  type FactSubject,
  StatedConversation,
} from '@charterbus/policy-client';
import type { RecordedConversation, RecordedMessage } from './recorded-message.js';

/** Who judges: a constitution, with the readings of screens. */
export interface Judge {
  readonly constitution: Constitution;
  readonly screens: ContentScreens;
}

interface Sent {
  readonly envelope: Envelope;
  readonly sender: Agent;
  readonly conversation: ConversationReader;
}

const readingsOf = (
  { envelope: { message }, sender }: Sent,
  { constitution, screens }: Judge,
  signal: AbortSignal,
): Pick<FactSubject, 'screens'> => {
  if (constitution.screens.size === 0) return {};
  const { shortHash } = constitution;
  const now = Date.parse(message.createdAt);
  const context = () => ({ now, sender, attestation: { shortHash, required: false } });
  return { screens: screens.readerOf({ message, context, signal }) };
};

const judgeAt = async (
  point: 'send' | 'receive',
  sent: Sent,
  recipient: Agent | undefined,
  judge: Judge,
  signal: AbortSignal,
): Promise<Verdict> => {
  const { envelope, sender, conversation } = sent;
  const { constitution } = judge;
  const { message, digest: messageDigest, contentBytes } = envelope;
  const to = recipient === undefined ? {} : { recipient };
  const subject = { point, sender, ...to, message, contentBytes };
  const known = { conversation, ...readingsOf(sent, judge, signal) };
  const facts = await constitution.gatherFacts({ ...subject, ...known }, signal);
  return constitution.judge({ ...subject, tenant: message.to.tenant, messageDigest, facts }, signal);
};

/** One verdict for each recipient, as the bus would come to it: `send`, then `receive`, of two the stricter. */
const judgeMessage = async (
  { message, sender, recipients }: RecordedMessage,
  conversation: ConversationReader,
  judge: Judge,
  signal: AbortSignal,
): Promise<readonly Verdict[]> => {
  const sent = { envelope: encodeEnvelope(message), sender, conversation };
  const only = 'agent' in message.to ? recipients[0] : undefined;
  const send = await judgeAt('send', sent, only, judge, signal);
  if (send.effect === 'deny' || recipients.length === 0)
    return recipients.length === 0 ? [send] : recipients.map(() => send);
  const verdicts: Verdict[] = [];
  for (const recipient of recipients) {
    const receive = await judgeAt('receive', sent, recipient, judge, signal);
    verdicts.push(receive.effect === 'allow' && send.effect === 'escalate' ? send : receive);
  }
  return verdicts;
};

/**
 * Judges a conversation from its first message to its last. What a message makes known is known to those after it where
 * this constitution allows it, so that two constitutions may see different conversations in the same messages.
 */
export const judgeConversation = async (
  messages: RecordedConversation,
  judge: Judge,
  signal: AbortSignal,
): Promise<readonly (readonly Verdict[])[]> => {
  const conversation = new StatedConversation();
  const verdicts: (readonly Verdict[])[] = [];
  for (const one of messages) {
    signal.throwIfAborted();
    const judged = await judgeMessage(one, conversation, judge, signal);
    verdicts.push(judged);
    const [recipient] = one.recipients;
    if (!('agent' in one.message.to) || recipient === undefined || judged[0]?.effect !== 'allow') continue;
    const { message, sender } = one;
    for (const observation of judge.constitution.observe({ message, sender, recipient })) conversation.add(observation);
  }
  return verdicts;
};
