import { z } from 'zod';
import type { ActionDeclaration } from '../facts/fact-value.js';
import { type EntityScope, entityUidSchema, readEntityScope } from './entity-scope.js';

/** The action part of a policy's scope, as Cedar's JSON has it. */
export const actionScopeSchema = z.union([
  z.object({ op: z.literal('All') }),
  z.object({ op: z.literal('=='), entity: entityUidSchema }),
  z.object({ op: z.literal('in'), entity: entityUidSchema }),
  z.object({ op: z.literal('in'), entities: z.array(entityUidSchema) }),
]);

/** What a policy's scope says of actions, principals and resources. */
export interface PolicyScope {
  readonly operator: 'all' | '==' | 'in';
  readonly actions: readonly string[];
  readonly principal: EntityScope;
  readonly resource: EntityScope;
  /** Whether it asks what principal or resource are in. */
  readonly ancestors: boolean;
}

type GivenScope = Readonly<Record<string, unknown>>;

const asksForAncestors = (scope: GivenScope): boolean => scope['op'] === 'in' || 'in' in scope;

export const readScope = (
  scope: z.output<typeof actionScopeSchema>,
  principal: GivenScope,
  resource: GivenScope,
): PolicyScope => {
  const sides = {
    principal: readEntityScope(principal),
    resource: readEntityScope(resource),
    ancestors: asksForAncestors(principal) || asksForAncestors(resource),
  };
  if (scope.op === 'All') return { operator: 'all', actions: [], ...sides };
  const entities = 'entities' in scope ? scope.entities : [scope.entity];
  const actions = entities.filter(({ type }) => type === 'Action').map(({ id }) => id);
  return { operator: scope.op, actions, ...sides };
};

/** Whether a policy of this scope can decide about an action: elsewhere it neither decides nor errors. */
export const covers = ({ operator, actions }: PolicyScope, { name, tool }: ActionDeclaration): boolean =>
  operator === 'all' || actions.includes(name) || (operator === 'in' && tool && actions.includes('send'));
