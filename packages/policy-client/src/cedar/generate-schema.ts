import type { Actions } from '../engine/policy-engine.js';
import type { ActionDeclaration, FactDeclaration, FactScalarType, FactType } from '../facts/fact-value.js';

const scalarTypes: Readonly<Record<FactScalarType, string>> = {
  string: 'String',
  bool: 'Bool',
  int: 'Long',
  timestamp: 'datetime',
  duration: 'duration',
};

/** The type of a fact as Cedar's schemas write it. */
const cedarType = (type: FactType): string =>
  typeof type === 'string' ? scalarTypes[type] : `Set<${scalarTypes[type.setOf]}>`;

const head = `// What the bus tells policies. A misspelt name in a policy is an error when the constitution is loaded.

// A tenant: who belongs to it is \`principal in Tenant::"acme"\`.
entity Tenant;

// Agent::"acme/planner" is the agent \`planner\` of the tenant \`acme\`.
entity Agent in [Tenant] = {
  tenant: String,
  id: String,
  // Absent for agents that were registered without one; ask \`principal has role\` first.
  role?: String,
  capabilities: Set<String>,
};

// What every action has; actions with facts repeat it.
type Context = {
  // command, query, response, event, notification, heartbeat, governance_request, governance_response,
  // constitutional_validation, task_request or task_response.
  messageType: String,
  // low, normal, high or critical; the rank is 0 to 3 in this order.
  priority: String,
  priorityRank: Long,
  // Bytes of the content as JSON text.
  contentBytes: Long,
  // The message answers another one.
  isReply: Bool,
  // The message was addressed to everyone in a tenant.
  toEveryone: Bool,
  // The topic that the message was published to; ask \`context has toTopic\` first.
  toTopic?: String,
  // The capability that the message was addressed to; ask \`context has toCapability\` first.
  toCapability?: String,
  // The moment of judgement.
  now: datetime,
  // Of a message that answers one which the bus knows: whether that was the sender's own, its type and, where it was
  // registered with one, its sender's role. Ask \`context has answersOwn\` first.
  answersOwn?: Bool,
  answeredType?: String,
  answeredRole?: String,
};
`;

const baseFields = `    messageType: String,
    priority: String,
    priorityRank: Long,
    contentBytes: Long,
    isReply: Bool,
    toEveryone: Bool,
    toTopic?: String,
    toCapability?: String,
    now: datetime,
    answersOwn?: Bool,
    answeredType?: String,
    answeredRole?: String,`;

/** Every name is quoted where it could be a word of Cedar's own. */
const reserved: ReadonlySet<string> = new Set(
  (
    'true false if then else in is like has namespace entity action type principal resource context appliesTo ' +
    'attributes tags enum permit forbid when unless Set String Long Bool Boolean Record Entity Extension'
  ).split(' '),
);
const nameOf = (name: string): string => (reserved.has(name) ? JSON.stringify(name) : name);

const factLine = ({ name, type, optional, redact }: FactDeclaration): string => {
  const remark = redact ? '    // Its value is shown to nobody.\n' : '';
  return `${remark}    ${nameOf(name)}${optional ? '?' : ''}: ${cedarType(type)},`;
};

const contextOf = ({ facts }: ActionDeclaration): string => {
  if (facts.size === 0) return 'Context';
  const lines = [...facts.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1)).map(factLine);
  return `{\n${baseFields}\n    // Facts.\n${lines.join('\n')}\n  }`;
};

const remarkOf = ({ name, tool }: ActionDeclaration): string => {
  if (tool) return `May this sender (principal) call the tool ${name} of this agent (resource)? Also a \`send\`.`;
  return name === 'send'
    ? 'May this sender (principal) put this message to this recipient, or to everyone, a topic or a capability in this tenant (resource)?'
    : 'May this recipient (principal) get this message of this sender (resource)?';
};

const actionText = (action: ActionDeclaration): string => `
// ${remarkOf(action)}
action ${nameOf(action.name)}${action.tool ? ' in [send]' : ''} appliesTo {
  principal: [Agent],
  resource: ${action.name === 'send' ? '[Agent, Tenant]' : '[Agent]'},
  context: ${contextOf(action)},
};
`;

const rank = ({ name, tool }: ActionDeclaration): number => (tool ? 2 : name === 'send' ? 0 : 1);

/** The Cedar schema that follows from the actions and their facts, with comments for authors; ends with a line feed. */
export const generateSchema = (actions: Actions): string => {
  const sorted = [...actions.values()].toSorted(
    (left, right) => rank(left) - rank(right) || (left.name < right.name ? -1 : 1),
  );
  return `${head}${sorted.map(actionText).join('')}`;
};
