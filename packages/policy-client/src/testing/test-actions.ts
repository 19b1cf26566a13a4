import type { Actions } from '../engine/policy-engine.js';
import type { FactDeclaration, FactType } from '../facts/fact-value.js';

const fact = (name: string, type: FactType, optional = false): readonly [string, FactDeclaration] => [
  name,
  { name, type, optional, redact: false },
];

const action = (name: string, tool: boolean, ...facts: readonly (readonly [string, FactDeclaration])[]) =>
  [name, { name, tool, facts: new Map(facts) }] as const;

/** Actions with facts of several types, for rules and requests that are made up: two tools beside the two points. */
export const testActions: Actions = new Map([
  action('send', false, fact('urgent', 'bool')),
  action('receive', false),
  action('refund', true, fact('cabin', 'string'), fact('amount', 'int'), fact('insured', 'bool', true)),
  action('rebook', true, fact('cabin', 'string')),
]);
