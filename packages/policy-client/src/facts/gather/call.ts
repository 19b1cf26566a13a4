import type { Agent, JsonValue } from '@charterbus/core-models';
import type { DeclaredTool } from '../compile/declarations.js';
import { isJsonObject } from '../types/load-value.js';
import { Wrong } from '../types/wrong.js';

/** A call of a declared tool, or what is wrong with it. */
export type Call =
  | { readonly tool: DeclaredTool; readonly arguments: object }
  | { readonly tool?: DeclaredTool; readonly wrong: string };

/** The tools by the agent that hosts them, then by name. */
export type Hosts = ReadonlyMap<string, ReadonlyMap<string, DeclaredTool>>;

export const hostsOf = (tools: Iterable<DeclaredTool>): Hosts => {
  const hosts = new Map<string, Map<string, DeclaredTool>>();
  for (const tool of tools) {
    const hosted = hosts.get(tool.agent) ?? new Map<string, DeclaredTool>();
    hosts.set(tool.agent, hosted.set(tool.name, tool));
  }
  return hosts;
};

const member = (content: JsonValue, name: string): JsonValue | undefined =>
  isJsonObject(content) && Object.hasOwn(content, name) ? content[name] : undefined;

/** The tool of this host that a call or a result names. */
export const namedTool = (hosts: Hosts, host: string, content: JsonValue): DeclaredTool | undefined => {
  const name = member(content, 'tool');
  return typeof name === 'string' ? hosts.get(host)?.get(name) : undefined;
};

/** Reads what an agent that hosts tools is sent: `{ "tool": …, "arguments": { … } }` and nothing else. */
export const readCall = (hosts: Hosts, host: Agent, content: JsonValue): Call => {
  const tool = namedTool(hosts, host.id, content);
  if (tool === undefined) return { wrong: 'tool' };
  const given = member(content, 'arguments');
  const loaded = given === undefined ? new Wrong('there') : tool.load(given);
  if (loaded instanceof Wrong) return { tool, wrong: loaded.path === '' ? 'arguments' : `arguments.${loaded.path}` };
  return { tool, arguments: loaded as object };
};

/** The result that an answer of a tool carries. */
export const resultOf = (content: JsonValue): JsonValue | undefined => member(content, 'result');
