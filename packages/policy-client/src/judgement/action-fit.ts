import type { ConstitutionManifest } from '@charterbus/core-models';
import type { JudgementRequest } from './judgement-request.js';

/** The tools that an agent hosts, by the agent's id. */
export type ToolHosts = ReadonlyMap<string, ReadonlySet<string>>;

export const toolHosts = ({ facts }: ConstitutionManifest): ToolHosts => {
  const hosts = new Map<string, Set<string>>();
  for (const [name, { agent = `tool:${name}` }] of Object.entries(facts.tools)) {
    hosts.set(agent, (hosts.get(agent) ?? new Set()).add(name));
  }
  return hosts;
};

const atSend = (action: string, tools: ReadonlySet<string> | undefined): string | undefined => {
  if (tools === undefined)
    return action === 'send' ? undefined : 'The recipient does not host the tool that is called.';
  return tools.has(action) ? undefined : 'What an agent that hosts tools gets must be a call of one of them.';
};

/**
 * What is wrong with the action that facts were gathered for. The policies would be asked about something else than
 * what the message does, so that rules about the tool would not apply.
 */
export const misfit = (
  { point, recipient, message, facts }: JudgementRequest,
  hosts: ToolHosts,
): string | undefined => {
  const tools = recipient === undefined ? undefined : hosts.get(recipient.id);
  if (point === 'send') return atSend(facts.action, tools);
  if (facts.action !== 'receive') return 'The action at receive is not receive.';
  return tools !== undefined && !('agent' in message.to)
    ? 'A message to several does not reach an agent that hosts tools.'
    : undefined;
};
