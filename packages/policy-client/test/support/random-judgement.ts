import { type Agent, encodeEnvelope, type Message } from '@charterbus/core-models';
import type { AgentView, JudgementRequest } from '../../src/index.js';
import { type Chooser, randomRequest } from '../../src/testing/index.js';

const agentOf = (view: AgentView): Agent => ({ ...view, registeredAt: '2026-01-01T00:00:00.000Z', revision: '1' });

/** A consistent request of the kind that the bus makes. */
export const randomJudgement = (chooser: Chooser): JudgementRequest => {
  const { point, sender, recipient, tenant, context } = randomRequest(chooser);
  const message: Message = {
    id: '01900000-0000-7000-8000-000000000000',
    tenant: sender.tenant,
    from: sender.id,
    to:
      context.toTopic !== undefined
        ? { tenant, topic: context.toTopic }
        : context.toCapability !== undefined
          ? { tenant, capability: context.toCapability }
          : context.toEveryone
            ? { tenant, everyone: true }
            : { tenant, agent: recipient?.id ?? 'a' },
    type: context.messageType as Message['type'],
    priority: context.priority as Message['priority'],
    createdAt: '2026-01-01T00:00:00.000Z',
    content: {},
    ...(context.isReply ? { inReplyTo: '01900000-0000-7000-8000-000000000001' } : {}),
  };
  return {
    point,
    sender: agentOf(sender),
    ...(recipient === undefined ? {} : { recipient: agentOf(recipient) }),
    tenant,
    message,
    messageDigest: encodeEnvelope(message).digest,
    contentBytes: context.contentBytes,
    facts: { action: point, now: context.now, values: {} },
  };
};
