import { type Agent, type AgentReference, type Envelope, MessageError } from '@charterbus/core-models';
import { capabilityMailbox, groupMailbox } from '../broker/mailbox-name.js';
import type { BusContext } from '../context.js';

/** Someone at the address of a message, or whoever takes from a shared mailbox, known when it takes the message. */
export interface Recipient {
  /** The mailbox. */
  readonly reference: AgentReference;
  /** Of a shared mailbox a stand-in, which nobody is asked about. */
  readonly agent: Agent;
  /** Nobody has this id. The stand-in lets the policies be asked all the same, so that time does not tell. */
  readonly unknown: boolean;
  /** It is a shared mailbox: `receive` is judged at the grant of a lease. */
  readonly group?: true;
}

/** What is known of the address when the policies are asked. */
export interface Addressed {
  /** Whether the address is one agent rather than everyone, a topic or a capability. */
  readonly direct: boolean;
  readonly recipients: readonly Recipient[];
}

/** Each recipient is judged and has an entry of its own. */
const recipientLimit = 10_000;

const standIn = ({ tenant, agent: id }: AgentReference): Agent => ({
  id,
  tenant,
  capabilities: [],
  registeredAt: new Date(0).toISOString(),
  revision: 'none',
});

const nobody = (reference: AgentReference): Recipient => ({ reference, unknown: true, agent: standIn(reference) });

const someOf = (reference: AgentReference): Recipient => ({
  reference,
  unknown: false,
  agent: standIn(reference),
  group: true,
});

const known = (agent: Agent): Recipient => ({
  reference: { tenant: agent.tenant, agent: agent.id },
  agent,
  unknown: false,
});

/** Whoever is subscribed; a sender does not get by itself what it publishes, but its queue group does. */
const subscribersOf = (tenant: string, topic: string, sender: Agent, { topics }: BusContext) => {
  const { agents, groups } = topics.subscriptions.matching(tenant, topic);
  const others = agents.filter((agent) => agent.id !== sender.id || agent.tenant !== sender.tenant);
  return [...others.map(known), ...groups.map((group) => someOf(groupMailbox(tenant, group)))];
};

/** One of those who have the capability, whoever takes it first; nobody where only the sender has it. */
const capableOf = (
  { tenant, capability }: { readonly tenant: string; readonly capability: string },
  sender: Agent,
  context: BusContext,
): readonly Recipient[] => {
  for (const agent of context.registry.withCapability(tenant, capability)) {
    const isSender = agent.tenant === sender.tenant && agent.id === sender.id;
    if (!isSender && !isStopped(agent, context)) return [someOf(capabilityMailbox(tenant, capability))];
  }
  return [];
};

const isStopped = ({ tenant, id }: Agent, { stops }: BusContext): boolean => stops.halts.stops({ tenant, agent: id });

/**
 * Asks the registry, and of topics those who are registered and subscribed, who is at the address. The sender is not part
 * of everyone.
 */
export const resolveAddress = ({ message }: Envelope, sender: Agent, context: BusContext): Addressed => {
  const { registry, stops } = context;
  const { to } = message;
  if ('agent' in to) {
    const agent = stops.halts.stops(to) ? undefined : registry.route(to);
    return { direct: true, recipients: [agent === undefined ? nobody(to) : known(agent)] };
  }
  if ('capability' in to) return { direct: false, recipients: capableOf(to, sender, context) };
  const others =
    'topic' in to
      ? subscribersOf(to.tenant, to.topic, sender, context)
      : [...registry.members(to.tenant)]
          .filter((member) => member.id !== sender.id && !isStopped(member, context))
          .map(known);
  if (others.length > recipientLimit) {
    throw new MessageError('MESSAGE_TOO_LARGE', `The message has more than ${recipientLimit} recipients.`, {
      details: { limitRecipients: recipientLimit },
    });
  }
  return { direct: false, recipients: others };
};
