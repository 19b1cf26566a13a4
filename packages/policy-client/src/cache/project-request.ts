import type { AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { FactScalar, FactValue } from '../facts/fact-value.js';
import type { KeyFields } from './key-fields.js';

const agentOf = ({ tenant, id, role, capabilities }: AgentView): AgentView => ({
  tenant,
  id,
  ...(role === undefined ? {} : { role }),
  capabilities: [...capabilities],
});

const scalarOf = (value: FactScalar): FactScalar => {
  if (typeof value !== 'object') return value;
  return 'timestamp' in value ? { timestamp: value.timestamp } : { milliseconds: value.milliseconds };
};

const isSet = (value: FactValue): value is readonly FactScalar[] => Array.isArray(value);

const factsOf = (facts: EngineRequest['facts'], names: readonly string[]): EngineRequest['facts'] =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(facts, name) ? facts[name] : undefined;
      if (value === undefined) return [];
      return [[name, isSet(value) ? value.map(scalarOf) : scalarOf(value)]];
    }),
  );

const contextOf = (context: ContextView, fields: KeyFields['context']): ContextView =>
  Object.fromEntries(
    fields.flatMap((field) => (context[field] === undefined ? [] : [[field, context[field]]])),
  ) as unknown as ContextView;

/**
 * A copy of a request that holds the fields of the key and nothing else: a field that an engine reads without saying so
 * is absent, not merely ignored, so that no answer can depend on it. Of the context only the declared fields are there,
 * whatever its type says.
 */
export const projectRequest = (request: EngineRequest, { context, facts }: KeyFields): EngineRequest => ({
  point: request.point,
  action: request.action,
  sender: agentOf(request.sender),
  ...(request.recipient === undefined ? {} : { recipient: agentOf(request.recipient) }),
  tenant: request.tenant,
  context: contextOf(request.context, context),
  facts: factsOf(request.facts, facts),
});
