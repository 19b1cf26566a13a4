import { type Agent, type AgentReference, agentKey, type Message } from '@charterbus/core-models';
import { capabilityOf } from '../broker/mailbox-name.js';
import type { BusContext } from '../context.js';
import { hasCapability } from './capabilities.js';

/** What was put into a shared mailbox. */
export interface Shared {
  readonly mailbox: AgentReference;
  /** That it was published to, where the mailbox is a queue group's. */
  readonly topic: string | undefined;
  readonly message: Message;
}

const isSender = ({ tenant, id }: Agent, { message }: Shared): boolean =>
  tenant === message.tenant && id === message.from;

/**
 * Whether the agent may take it at all: it takes part in the queue group by a subscription to the topic, or has the
 * capability. Who asks for what it could do itself is not asked.
 */
export const mayTake = (agent: Agent, shared: Shared, { topics, registry }: BusContext): boolean => {
  const { mailbox, topic } = shared;
  const capability = capabilityOf(mailbox);
  if (capability === undefined) return topic !== undefined && topics.subscriptions.isMember(agent, mailbox, topic);
  const active = registry.route({ tenant: agent.tenant, agent: agent.id });
  return active !== undefined && hasCapability(active, mailbox, capability) && !isSender(agent, shared);
};

/** Whether somebody besides these may take it. @param asked `tenant/agent` */
export const mayBeTakenByOthers = (shared: Shared, asked: ReadonlySet<string>, context: BusContext): boolean => {
  const { tenant } = shared.mailbox;
  for (const id of context.membership.membersOf(shared.mailbox)) {
    if (asked.has(agentKey({ tenant, agent: id }))) continue;
    const agent = context.registry.find({ tenant, agent: id });
    if (agent !== undefined && mayTake(agent, shared, context)) return true;
  }
  return false;
};
