import { z } from 'zod';
import type { ActionDeclaration } from '../facts/fact-value.js';

const plainUidSchema = z.object({ type: z.string(), id: z.string() });
const entityUidSchema = z.union([
  plainUidSchema,
  z.object({ __entity: plainUidSchema }).transform((uid) => uid.__entity),
]);

/** The action part of a policy's scope, as Cedar's JSON has it. */
export const actionScopeSchema = z.union([
  z.object({ op: z.literal('All') }),
  z.object({ op: z.literal('=='), entity: entityUidSchema }),
  z.object({ op: z.literal('in'), entity: entityUidSchema }),
  z.object({ op: z.literal('in'), entities: z.array(entityUidSchema) }),
]);

/** What a policy's scope says of actions, and whether it asks what principal or resource are in. */
export interface PolicyScope {
  readonly operator: 'all' | '==' | 'in';
  readonly actions: readonly string[];
  readonly ancestors: boolean;
}

type EntityScope = Readonly<Record<string, unknown>>;

const asksForAncestors = (scope: EntityScope): boolean => scope['op'] === 'in' || 'in' in scope;

export const readScope = (scope: z.output<typeof actionScopeSchema>, ...sides: readonly EntityScope[]): PolicyScope => {
  const ancestors = sides.some(asksForAncestors);
  if (scope.op === 'All') return { operator: 'all', actions: [], ancestors };
  const entities = 'entities' in scope ? scope.entities : [scope.entity];
  const actions = entities.filter(({ type }) => type === 'Action').map(({ id }) => id);
  return { operator: scope.op, actions, ancestors };
};

/** Whether a policy of this scope can decide about an action: elsewhere it neither decides nor errors. */
export const covers = ({ operator, actions }: PolicyScope, { name, tool }: ActionDeclaration): boolean =>
  operator === 'all' || actions.includes(name) || (operator === 'in' && tool && actions.includes('send'));
