import type { AgentReference } from '@charterbus/core-models';

/** Stand before the names of what is shared, where mailboxes are named: no agent's id can begin with them. */
const marks = { group: '#', capability: '+' } as const;

/**
 * The mailbox of a queue group, which is not one agent's. Mailboxes are named as agents are: brokers need not know whose
 * they are, but for leases of a shared one, which name their holder.
 */
export const groupMailbox = (tenant: string, group: string): AgentReference => ({
  tenant,
  agent: marks.group + group,
});

/** The mailbox of all who have a capability. */
export const capabilityMailbox = (tenant: string, capability: string): AgentReference => ({
  tenant,
  agent: marks.capability + capability,
});

const nameAfter = (mark: string, { agent }: AgentReference): string | undefined =>
  agent.startsWith(mark) ? agent.slice(mark.length) : undefined;

/** The name of the queue group whose mailbox it is; nothing for any other. */
export const groupOf = (mailbox: AgentReference): string | undefined => nameAfter(marks.group, mailbox);

/** The capability whose mailbox it is; nothing for any other. */
export const capabilityOf = (mailbox: AgentReference): string | undefined => nameAfter(marks.capability, mailbox);

/** Whether several take from it. */
export const isShared = (mailbox: AgentReference): boolean =>
  groupOf(mailbox) !== undefined || capabilityOf(mailbox) !== undefined;
