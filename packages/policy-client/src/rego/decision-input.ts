import type { AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { FactScalar, FactValue } from '../facts/fact-value.js';

const agentOf = ({ tenant, id, role, capabilities }: AgentView) =>
  role === undefined ? { tenant, id, capabilities } : { tenant, id, role, capabilities };

/** Members that are absent, not `undefined`, where nothing is known. */
const answeredOf = ({ answersOwn, answeredType, answeredRole }: ContextView) => ({
  ...(answersOwn === undefined ? {} : { answersOwn }),
  ...(answeredType === undefined ? {} : { answeredType }),
  ...(answeredRole === undefined ? {} : { answeredRole }),
});

/** JSON would write `null` for it, which a policy may take for something. */
const finite = (value: number): number => {
  if (Number.isFinite(value)) return value;
  throw new TypeError('A number of the request is not finite.');
};

const scalarOf = (value: FactScalar): string | boolean | number => {
  if (typeof value === 'number') return finite(value);
  if (typeof value !== 'object') return value;
  return finite('timestamp' in value ? value.timestamp : value.milliseconds);
};

const isSet = (value: FactValue): value is readonly FactScalar[] => Array.isArray(value);

const factsOf = (facts: EngineRequest['facts']): Readonly<Record<string, unknown>> => {
  const view: Record<string, unknown> = {};
  for (const name of Object.keys(facts)) {
    const value = facts[name];
    if (value !== undefined) view[name] = isSet(value) ? value.map(scalarOf) : scalarOf(value);
  }
  return view;
};

/**
 * What Rego sees as `input`: the request, member by member, so that nothing else can get through. Moments and durations
 * are whole milliseconds. `docs/decision-schema.md` describes it.
 */
export const decisionInput = ({ point, action, sender, recipient, tenant, context, facts }: EngineRequest) => ({
  point,
  action,
  sender: agentOf(sender),
  ...(recipient === undefined ? {} : { recipient: agentOf(recipient) }),
  tenant,
  context: {
    messageType: context.messageType,
    priority: context.priority,
    priorityRank: context.priorityRank,
    contentBytes: context.contentBytes,
    isReply: context.isReply,
    toEveryone: context.toEveryone,
    ...(context.toTopic === undefined ? {} : { toTopic: context.toTopic }),
    ...(context.toCapability === undefined ? {} : { toCapability: context.toCapability }),
    now: finite(context.now),
    ...answeredOf(context),
  },
  facts: factsOf(facts),
});
