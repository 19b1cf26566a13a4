import type { Actions, ContextView } from '../engine/policy-engine.js';
import type { FactScalarType, FactType } from '../facts/fact-value.js';
import type { AgentAttribute, AgentReads } from './agent-reads.js';
import { type Namespace, plainNamespace, type SchemaJson } from './schema-json.js';
import type { Slices } from './slices.js';

type EntityType = Namespace['entityTypes'][string];

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
  toTopic: { ...scalarTypes.string, required: false },
  toCapability: { ...scalarTypes.string, required: false },
  now: scalarTypes.timestamp,
  answersOwn: { ...scalarTypes.bool, required: false },
  answeredType: { ...scalarTypes.string, required: false },
  answeredRole: { ...scalarTypes.string, required: false },
};

const typeOf = (type: FactType): object =>
  typeof type === 'string' ? scalarTypes[type] : { type: 'Set', element: scalarTypes[type.setOf] };

/** Agents with what is sent of them alone. */
const narrowedAgent = (agent: EntityType | undefined, { attributes, ancestors }: AgentReads): EntityType => {
  const text = scalarTypes.string;
  const types: Readonly<Record<AgentAttribute, object>> = {
    tenant: text,
    id: text,
    role: { ...text, required: false },
    capabilities: { type: 'Set', element: text },
  };
  const shape = { type: 'Record', attributes: Object.fromEntries([...attributes].map((name) => [name, types[name]])) };
  return { ...agent, memberOfTypes: ancestors ? ['Tenant'] : [], shape: shape as EntityType['shape'] };
};

/**
 * The schema that requests are checked against: that of the policies, but the context of each action holds only what its
 * policies can read, and agents only what any policy can, which is all that they are sent. The policies are checked against it as well when they are loaded,
 * so that what a policy reads and nobody found it to read is refused then.
 */
export const runtimeSchema = (schema: SchemaJson, actions: Actions, slices: Slices, agents: AgentReads): SchemaJson => {
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
  const entityTypes = { ...namespace.entityTypes, Agent: narrowedAgent(namespace.entityTypes['Agent'], agents) };
  const narrowedActions = Object.fromEntries(narrowed) as typeof namespace.actions;
  return { ...schema, '': { ...namespace, entityTypes, actions: narrowedActions } };
};
