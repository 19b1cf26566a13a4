import { type Agent, type Envelope, encodeEnvelope, type Verdict } from '@charterbus/core-models';
import { type Constitution, type ConversationReader, StatedConversation } from '@charterbus/policy-client';
import type { RecordedConversation, RecordedMessage } from './recorded-message.js';

interface Sent {
  readonly envelope: Envelope;
  readonly sender: Agent;
  readonly conversation: ConversationReader;
}

const judgeAt = async (
  point: 'send' | 'receive',
  { envelope, sender, conversation }: Sent,
  recipient: Agent | undefined,
  constitution: Constitution,
  signal: AbortSignal,
): Promise<Verdict> => {
  const { message, digest: messageDigest, contentBytes } = envelope;
  const to = recipient === undefined ? {} : { recipient };
  const subject = { point, sender, ...to, message, contentBytes };
  const facts = await constitution.gatherFacts({ ...subject, conversation }, signal);
  return constitution.judge({ ...subject, tenant: message.to.tenant, messageDigest, facts }, signal);
};

/** One verdict for each recipient, as the bus would come to it: `send`, then `receive`, of two the stricter. */
const judgeMessage = async (
  { message, sender, recipients }: RecordedMessage,
  conversation: ConversationReader,
  constitution: Constitution,
  signal: AbortSignal,
): Promise<readonly Verdict[]> => {
  const sent = { envelope: encodeEnvelope(message), sender, conversation };
  const only = 'agent' in message.to ? recipients[0] : undefined;
  const send = await judgeAt('send', sent, only, constitution, signal);
  if (send.effect === 'deny' || recipients.length === 0)
    return recipients.length === 0 ? [send] : recipients.map(() => send);
  const verdicts: Verdict[] = [];
  for (const recipient of recipients) {
    const receive = await judgeAt('receive', sent, recipient, constitution, signal);
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
  constitution: Constitution,
  signal: AbortSignal,
): Promise<readonly (readonly Verdict[])[]> => {
  const conversation = new StatedConversation();
  const verdicts: (readonly Verdict[])[] = [];
  for (const one of messages) {
    signal.throwIfAborted();
    const judged = await judgeMessage(one, conversation, constitution, signal);
    verdicts.push(judged);
    const [recipient] = one.recipients;
    if (!('agent' in one.message.to) || recipient === undefined || judged[0]?.effect !== 'allow') continue;
    const { message, sender } = one;
    for (const observation of constitution.observe({ message, sender, recipient })) conversation.add(observation);
  }
  return verdicts;
};
