import type { AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';

const uidOf = (agent: AgentView) => ({ type: 'Agent', id: `${agent.tenant}/${agent.id}` });

const entityOf = (agent: AgentView) => ({
  uid: uidOf(agent),
  attrs: {
    tenant: agent.tenant,
    id: agent.id,
    capabilities: agent.capabilities,
    ...(agent.role === undefined ? {} : { role: agent.role }),
  },
  parents: [{ type: 'Tenant', id: agent.tenant }],
});

const contextOf = (context: ContextView) => ({
  messageType: context.messageType,
  priority: context.priority,
  priorityRank: context.priorityRank,
  contentBytes: context.contentBytes,
  isReply: context.isReply,
  toEveryone: context.toEveryone,
  now: { __extn: { fn: 'datetime', arg: new Date(context.now).toISOString() } },
});

/** The same agent may stand on both sides; Cedar takes an entity once only. */
const entitiesOf = (sender: AgentView, recipient: AgentView | undefined) =>
  recipient === undefined || (recipient.id === sender.id && recipient.tenant === sender.tenant)
    ? [entityOf(sender)]
    : [entityOf(sender), entityOf(recipient)];

/**
 * The vocabulary: who is principal and resource at which point, and what the context holds.
 *
 * `send`: the sender acts on the recipient, or on the tenant when the message is for everyone in it. `receive`: the
 * recipient acts on the sender.
 */
export const authorizationCall = (request: EngineRequest) => {
  const { point, sender, recipient } = request;
  const context = contextOf(request.context);
  const entities = entitiesOf(sender, recipient);
  const action = { type: 'Action', id: point };
  if (point === 'send') {
    const resource = recipient === undefined ? { type: 'Tenant', id: request.tenant } : uidOf(recipient);
    return { principal: uidOf(sender), action, resource, context, entities };
  }
  if (recipient === undefined) throw new TypeError('At receive there is always a recipient.');
  return { principal: uidOf(recipient), action, resource: uidOf(sender), context, entities };
};
