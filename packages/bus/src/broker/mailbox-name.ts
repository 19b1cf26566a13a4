import type { AgentReference } from '@charterbus/core-models';

/** Stands before the name of a queue group, where mailboxes are named: no agent's id can begin with it. */
const mark = '#';

/**
 * The mailbox of a queue group, which is not one agent's. Mailboxes are named as agents are: brokers need not know whose
 * they are, but for leases of a group's, which name their holder.
 */
export const groupMailbox = (tenant: string, group: string): AgentReference => ({ tenant, agent: mark + group });

/** The name of the queue group whose mailbox it is; nothing for an agent's. */
export const groupOf = ({ agent }: AgentReference): string | undefined =>
  agent.startsWith(mark) ? agent.slice(mark.length) : undefined;
