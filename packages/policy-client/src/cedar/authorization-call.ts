import type { ActionReads, AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { FactScalar, FactValue } from '../facts/fact-value.js';
import { type AgentAttribute, type AgentReads, readsNothing } from './agent-reads.js';
import type { Slice } from './slices.js';

const uidOf = (agent: AgentView) => ({ type: 'Agent', id: `${agent.tenant}/${agent.id}` });

const entityOf = (agent: AgentView, { attributes, ancestors }: AgentReads) => {
  const attrs: Partial<Record<AgentAttribute, unknown>> = {};
  for (const name of attributes) if (agent[name] !== undefined) attrs[name] = agent[name];
  return { uid: uidOf(agent), attrs, parents: ancestors ? [{ type: 'Tenant', id: agent.tenant }] : [] };
};

const datetime = (milliseconds: number) => ({
  __extn: { fn: 'datetime', arg: new Date(milliseconds).toISOString() },
});

const scalarOf = (value: FactScalar): unknown => {
  if (typeof value !== 'object') return value;
  return 'timestamp' in value
    ? datetime(value.timestamp)
    : { __extn: { fn: 'duration', arg: `${value.milliseconds}ms` } };
};

const isSet = (value: FactValue): value is readonly FactScalar[] => Array.isArray(value);

const fieldOf = (context: ContextView, field: keyof ContextView): unknown =>
  field === 'now' ? datetime(context.now) : context[field];

/** Only what the policies can read: the rest costs time, and nothing depends on it. */
const contextOf = ({ context, facts }: EngineRequest, reads: ActionReads): Readonly<Record<string, unknown>> => {
  const view: Record<string, unknown> = {};
  for (const field of reads.context) if (context[field] !== undefined) view[field] = fieldOf(context, field);
  for (const name of reads.facts) {
    const value = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (value !== undefined) view[name] = isSet(value) ? value.map(scalarOf) : scalarOf(value);
  }
  return view;
};

/** The same agent may stand on both sides; Cedar takes an entity once only. */
const entitiesOf = ({ sender, recipient }: EngineRequest, agents: AgentReads) => {
  if (readsNothing(agents)) return [];
  return recipient === undefined || (recipient.id === sender.id && recipient.tenant === sender.tenant)
    ? [entityOf(sender, agents)]
    : [entityOf(sender, agents), entityOf(recipient, agents)];
};

/**
 * The vocabulary: who is principal and resource at which point, and what the context holds.
 *
 * `send`, and each tool: the sender acts on the recipient, or on the tenant when the message is for everyone in it.
 * `receive`: the recipient acts on the sender.
 */
export const authorizationCall = (request: EngineRequest, { reads, agents }: Pick<Slice, 'reads' | 'agents'>) => {
  const { point, sender, recipient } = request;
  const context = contextOf(request, reads);
  const entities = entitiesOf(request, agents);
  const action = { type: 'Action', id: request.action };
  if (point === 'send') {
    const resource = recipient === undefined ? { type: 'Tenant', id: request.tenant } : uidOf(recipient);
    return { principal: uidOf(sender), action, resource, context, entities };
  }
  if (recipient === undefined) throw new TypeError('At receive there is always a recipient.');
  return { principal: uidOf(recipient), action, resource: uidOf(sender), context, entities };
};
