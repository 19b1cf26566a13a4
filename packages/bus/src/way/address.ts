import { type Agent, type AgentReference, type Envelope, MessageError } from '@charterbus/core-models';
import type { BusContext } from '../context.js';

/** Someone at the address of a message. */
export interface Recipient {
  readonly reference: AgentReference;
  readonly agent: Agent;
  /** Nobody has this id. The stand-in lets the policies be asked all the same, so that time does not tell. */
  readonly unknown: boolean;
}

/** What is known of the address when the policies are asked. */
export interface Addressed {
  /** Whether the address is one agent rather than everyone. */
  readonly direct: boolean;
  readonly recipients: readonly Recipient[];
}

/** Each recipient is judged and has an entry of its own. */
const recipientLimit = 10_000;

const nobody = (reference: AgentReference): Recipient => ({
  reference,
  unknown: true,
  agent: {
    id: reference.agent,
    tenant: reference.tenant,
    capabilities: [],
    registeredAt: new Date(0).toISOString(),
    revision: 'none',
  },
});

const known = (agent: Agent): Recipient => ({
  reference: { tenant: agent.tenant, agent: agent.id },
  agent,
  unknown: false,
});

/** Asks the registry, and only the registry, who is at the address. The sender is not part of everyone. */
export const resolveAddress = ({ message }: Envelope, sender: Agent, { registry }: BusContext): Addressed => {
  const { to } = message;
  if ('agent' in to) {
    const agent = registry.find(to);
    return { direct: true, recipients: [agent === undefined ? nobody(to) : known(agent)] };
  }
  const others = [...registry.members(to.tenant)].filter((member) => member.id !== sender.id);
  if (others.length > recipientLimit) {
    throw new MessageError('MESSAGE_TOO_LARGE', `The message has more than ${recipientLimit} recipients.`, {
      details: { limitRecipients: recipientLimit },
    });
  }
  return { direct: false, recipients: others.map(known) };
};
