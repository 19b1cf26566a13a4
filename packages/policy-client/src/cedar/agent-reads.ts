import type { AgentView } from '../engine/policy-engine.js';
import type { CedarPolicy } from './read-policies.js';

/** What policies can read of agents besides their identity: it is all that Cedar is sent of them. */
export interface AgentReads {
  readonly attributes: ReadonlySet<AgentAttribute>;
  /** Whether they can ask which tenant an agent is in. */
  readonly ancestors: boolean;
  /** Of which of the two anything is read: of the other nothing is sent. */
  readonly principal: boolean;
  readonly resource: boolean;
}

export const agentAttributes = ['tenant', 'id', 'role', 'capabilities'] as const satisfies readonly (keyof AgentView)[];
export type AgentAttribute = (typeof agentAttributes)[number];

/** Of policies that look at nothing but who is who. */
export const nothingOfAgents: AgentReads = Object.freeze({
  attributes: new Set<AgentAttribute>(),
  ancestors: false,
  principal: false,
  resource: false,
});

/**
 * In Cedar's JSON an attribute is read by its name alone, whatever it is read of and however it was written; who belongs
 * to what shows only through `in`.
 */
export const agentReads = (policies: readonly CedarPolicy[]): AgentReads => {
  const ancestors = policies.some(({ reading, scope }) => reading.ancestors || scope.ancestors);
  const reads = (side: 'principal' | 'resource') =>
    ancestors || policies.some(({ reading }) => reading.readOf.has(side) || reading.readOf.has('anybody'));
  return {
    attributes: new Set(agentAttributes.filter((name) => policies.some(({ reading }) => reading.attributes.has(name)))),
    ancestors,
    principal: reads('principal'),
    resource: reads('resource'),
  };
};

export const readsNothing = ({ attributes, ancestors }: AgentReads): boolean => attributes.size === 0 && !ancestors;
