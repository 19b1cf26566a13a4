import type { Actions, ContextView } from '../engine/policy-engine.js';
import type { FactScalarType, FactType } from '../facts/fact-value.js';
import { plainNamespace, type SchemaJson } from './schema-json.js';
import type { Slices } from './slices.js';

const scalarTypes: Readonly<Record<FactScalarType, object>> = {
  string: { type: 'String' },
  bool: { type: 'Boolean' },
  int: { type: 'Long' },
  timestamp: { type: 'Extension', name: 'datetime' },
  duration: { type: 'Extension', name: 'duration' },
};

const fieldTypes: Readonly<Record<keyof ContextView, object>> = {
  messageType: scalarTypes.string,
  priority: scalarTypes.string,
  priorityRank: scalarTypes.int,
  contentBytes: scalarTypes.int,
  isReply: scalarTypes.bool,
  toEveryone: scalarTypes.bool,
  now: scalarTypes.timestamp,
};

const typeOf = (type: FactType): object =>
  typeof type === 'string' ? scalarTypes[type] : { type: 'Set', element: scalarTypes[type.setOf] };

/**
 * The schema that requests are checked against: that of the policies, but the context of each action holds only what its
 * policies can read, which is all that they are sent. The policies are checked against it as well when they are loaded,
 * so that what a policy reads and nobody found it to read is refused then.
 */
export const runtimeSchema = (schema: SchemaJson, actions: Actions, slices: Slices): SchemaJson => {
  const namespace = plainNamespace(schema);
  const narrowed = Object.entries(namespace.actions).map(([name, action]) => {
    const [declaration, slice] = [actions.get(name), slices.get(name)];
    if (declaration === undefined || slice === undefined || action.appliesTo === undefined) return [name, action];
    const fields = [...slice.reads.context].map((field) => [field, fieldTypes[field]]);
    const facts = [...declaration.facts.values()]
      .filter((fact) => slice.reads.facts.has(fact.name))
      .map((fact) => [fact.name, { ...typeOf(fact.type), required: !fact.optional }]);
    const context = { type: 'Record', attributes: Object.fromEntries([...fields, ...facts]) as object };
    return [name, { ...action, appliesTo: { ...action.appliesTo, context } }];
  });
  return { ...schema, '': { ...namespace, actions: Object.fromEntries(narrowed) as typeof namespace.actions } };
};
