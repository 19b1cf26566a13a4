import { type Address, type Agent, encodeEnvelope, type JsonValue, type Message } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import type { JudgementRequest } from '../judgement/judgement-request.js';
import type { PolicyTest } from './policy-test.js';

type Stated = Pick<PolicyTest, 'sender' | 'recipient' | 'message'> &
  Partial<Pick<PolicyTest, 'everyone' | 'topic' | 'capability'>>;

/** Ids in the order of the conversation. */
const idOf = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

export const agentOf = ({ tenant, id, role, capabilities }: PolicyTest['sender']): Agent => ({
  tenant,
  id,
  capabilities: [...new Set(capabilities)].toSorted(),
  registeredAt: '2026-01-01T00:00:00.000Z',
  revision: '1',
  ...(role === undefined ? {} : { role }),
});

const addressOf = ({ sender, recipient, everyone, topic, capability }: Stated): Address => {
  const tenant = recipient?.tenant ?? sender.tenant;
  if (topic !== undefined) return { tenant, topic };
  if (capability !== undefined) return { tenant, capability };
  return everyone === true || recipient === undefined ? { tenant, everyone: true } : { tenant, agent: recipient.id };
};

/** A message of a test's one conversation. A reply answers the message before it, stated or not. */
export const messageOf = (stated: Stated, number: number, now: number): Message => {
  return {
    id: idOf(number + 1),
    tenant: stated.sender.tenant,
    from: stated.sender.id,
    to: addressOf(stated),
    type: stated.message.type,
    priority: stated.message.priority,
    conversationId: 'policy-test',
    createdAt: new Date(now).toISOString(),
    content: stated.message.content as JsonValue,
    ...(stated.message.reply || stated.message.answers !== undefined ? { inReplyTo: idOf(number) } : {}),
  };
};

export type UngatheredRequest = Omit<JudgementRequest, 'facts'>;

/** The requests that the bus would make, in its order. */
export const requestsOf = (
  test: PolicyTest,
  now: number,
  policies: Constitution['policies'],
): readonly UngatheredRequest[] => {
  const message = messageOf(test, test.earlier.length, now);
  const { digest: messageDigest } = encodeEnvelope(message);
  const { answers } = test.message;
  const answered = answers && { answered: { type: answers.type, sender: agentOf(answers.sender) } };
  const shared = {
    sender: agentOf(test.sender),
    tenant: message.to.tenant,
    message,
    messageDigest,
    contentBytes: Buffer.byteLength(JSON.stringify(message.content)),
    ...answered,
    approvals: test.approvals.map((policy) => ({
      policy,
      policyDigest: policies.get(policy)?.digest ?? '',
      messageDigest,
    })),
  };
  const recipient = test.recipient === undefined ? {} : { recipient: agentOf(test.recipient) };
  const send = { point: 'send', ...shared, ...('agent' in message.to ? recipient : {}) } as const;
  return test.recipient === undefined ? [send] : [send, { point: 'receive', ...shared, ...recipient }];
};
