import { contextFields } from '../engine/context-fields.js';
import type { ActionReads, Actions } from '../engine/policy-engine.js';
import type { ActionDeclaration } from '../facts/fact-value.js';
import type { ConstitutionProblem } from '../source/problem.js';
import { covers } from './action-scope.js';
import { type AgentReads, agentReads, nothingOfAgents, readsNothing } from './agent-reads.js';
import { contextReads } from './context-reads.js';
import type { CedarPolicy } from './read-policies.js';
import { recipientReads } from './recipient-reads.js';
import { type ScopeIndex, scopeIndexOf } from './scope-index.js';

/** The policies that can decide about one action, and what they can read. */
export interface Slice {
  /** The name of its policy set in the instance; actions with the same policies share one. */
  readonly set: string;
  readonly policies: readonly CedarPolicy[];
  readonly reads: ActionReads;
  /** What Cedar is sent of agents: nothing where the slice looks at nothing, else of those whom it looks at what the policies of all slices read. */
  readonly agents: AgentReads;
  /** Absent where their scopes tell no agents apart. */
  readonly scopes?: ScopeIndex;
}

export type Slices = ReadonlyMap<string, Slice>;

/** Policies of all sets together: each costs some 1.6 KB of an instance's memory, which never shrinks. */
const mostSliced = 50_000;

const readsOf = (policies: readonly CedarPolicy[], action: ActionDeclaration): ActionReads => {
  const texts = policies.map(({ place }) => place.text);
  return Object.freeze({
    context: contextReads(texts, contextFields),
    facts: contextReads(texts, action.facts.keys()),
    ...(action.name === 'receive' ? { recipient: recipientReads(policies) } : {}),
  });
};

/**
 * The policies by action. A policy whose scope does not cover an action neither decides about it nor errors, so that the
 * rest alone decides the same.
 */
export const slicesOf = (policies: readonly CedarPolicy[], actions: Actions): Slices => {
  const sets = new Map<string, string>();
  // There is one schema for all slices, and what is sent must fit it.
  const sent = agentReads(policies);
  return new Map(
    [...actions.values()].map((action) => {
      const covering = policies.filter(({ scope }) => covers(scope, action));
      const key = JSON.stringify(covering.map(({ id }) => id));
      const set = sets.get(key) ?? `slice-${sets.size}`;
      sets.set(key, set);
      const own = agentReads(covering);
      const { principal, resource } = own;
      const agents = readsNothing(own) ? nothingOfAgents : { ...sent, principal, resource };
      const scopes = scopeIndexOf(covering);
      const slice = { set, policies: covering, reads: readsOf(covering, action), agents };
      return [action.name, scopes === undefined ? slice : { ...slice, scopes }];
    }),
  );
};

/** The slices by the name of their set, each once. */
export const setsOf = (slices: Slices): ReadonlyMap<string, readonly CedarPolicy[]> =>
  new Map([...slices.values()].map(({ set, policies }) => [set, policies]));

export const sizeProblem = (slices: Slices): ConstitutionProblem | undefined => {
  const size = [...setsOf(slices).values()].reduce((sum, policies) => sum + policies.length, 0);
  return size > mostSliced
    ? { file: 'policies', message: `apply to too many actions: more than ${mostSliced} policies, counted by action.` }
    : undefined;
};
