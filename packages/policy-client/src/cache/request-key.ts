import type { AgentView, EngineRequest } from '../engine/policy-engine.js';
import type { FactScalar, FactValue } from '../facts/fact-value.js';
import type { KeyFields } from './key-fields.js';
import { factOf } from './key-memo.js';

/** The longest key (UTF-16 code units) under which an answer is kept. */
const longestKey = 2_048;

/**
 * Each value is written with its type and its length or end, so that no two different lists of values make one text.
 * By hand: JSON costs twice as much, and this runs for every message.
 */
const textOf = (text: string): string => `${text.length}:${text}`;
const numberOf = (value: number): string => (Object.is(value, -0) ? 'n-0;' : `n${value};`);

const scalarOf = (value: FactScalar | undefined): string => {
  switch (typeof value) {
    case 'string':
      return textOf(value);
    case 'number':
      return numberOf(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    default:
      return 'timestamp' in value ? `@${numberOf(value.timestamp)}` : `~${numberOf(value.milliseconds)}`;
  }
};

const isSet = (value: FactValue | undefined): value is readonly FactScalar[] => Array.isArray(value);

const valueOf = (value: FactValue | undefined): string =>
  isSet(value) ? `[${value.length}:${value.map(scalarOf).join('')}` : scalarOf(value);

const writeAgent = ({ tenant, id, role, capabilities }: AgentView): string =>
  textOf(tenant) + textOf(id) + (role === undefined ? 'u' : textOf(role)) + valueOf(capabilities);

/** What answers about an action are remembered by; `undefined` where that is too long. */
export const keyOf = (request: EngineRequest, fields: KeyFields): string | undefined => {
  const { point, action, tenant, sender, recipient, context, facts } = request;
  let key = point + textOf(action) + textOf(tenant) + writeAgent(sender);
  key += recipient === undefined ? 'u' : writeAgent(recipient);
  for (const field of fields.context) key += scalarOf(context[field]);
  for (const name of fields.facts) key += valueOf(factOf(facts, name));
  return key.length > longestKey ? undefined : key;
};
