import { sha256 } from '@charterbus/core-models';

/** Who takes part in every conversation. Tools have names of their own. */
export const customerAgent = 'customer';
export const assistantAgent = 'agent';

/** What a registered agent can do, for policies that ask. */
export type Part = 'customer' | 'agent' | 'tool';

const plainName = /^[A-Za-z0-9._:@-]{1,100}$/;

/**
 * The agent of a tool: `tool:<name>` where the name is made of the bus' alphabet, else `tool-` and 32 hex digits of a
 * digest. Different names have different agents, none of which can be the customer or the agent.
 */
export const toolAgent = (name: string): string =>
  // The JSON text tells lone surrogates apart, which UTF-8 cannot.
  plainName.test(name) ? `tool:${name}` : `tool-${sha256(JSON.stringify(name)).slice(0, 32)}`;

export const partOf = (agent: string): Part => {
  if (agent === customerAgent) return 'customer';
  return agent === assistantAgent ? 'agent' : 'tool';
};
