import type { ActionReads, AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { FactScalar, FactValue } from '../facts/fact-value.js';
import type { AgentAttribute, AgentReads } from './agent-reads.js';
import type { Party } from './entity-scope.js';
import type { Parties } from './scope-index.js';
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
const entitiesOf = ({ point, sender, recipient }: EngineRequest, agents: AgentReads) => {
  const [ofSender, ofRecipient] =
    point === 'send' ? [agents.principal, agents.resource] : [agents.resource, agents.principal];
  const entities = ofSender ? [entityOf(sender, agents)] : [];
  if (recipient === undefined || !ofRecipient) return entities;
  const same = recipient.id === sender.id && recipient.tenant === sender.tenant;
  if (!same || !ofSender) entities.push(entityOf(recipient, agents));
  return entities;
};

const partyOf = (agent: AgentView): Party => ({ uid: uidOf(agent), tenant: agent.tenant });

/**
 * Who is principal and resource at which point.
 *
 * `send`, and each tool: the sender acts on the recipient, or on the tenant when the message is for everyone, a topic or a capability
 * in it.
 * `receive`: the recipient acts on the sender.
 */
export const partiesOf = ({ point, sender, recipient, tenant }: EngineRequest): Parties => {
  if (point === 'send') {
    const resource = recipient === undefined ? { uid: { type: 'Tenant', id: tenant }, tenant } : partyOf(recipient);
    return { principal: partyOf(sender), resource };
  }
  if (recipient === undefined) throw new TypeError('At receive there is always a recipient.');
  return { principal: partyOf(recipient), resource: partyOf(sender) };
};

/** The vocabulary: what Cedar is asked, and what the context holds. */
export const authorizationCall = (
  request: EngineRequest,
  { reads, agents }: Pick<Slice, 'reads' | 'agents'>,
  { principal, resource }: Parties = partiesOf(request),
) => ({
  principal: principal.uid,
  action: { type: 'Action', id: request.action },
  resource: resource.uid,
  context: contextOf(request, reads),
  entities: entitiesOf(request, agents),
});
