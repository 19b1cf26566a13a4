import type { Actions, AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';
import type { ActionDeclaration, FactScalar, FactScalarType, FactValue } from '../facts/fact-value.js';

const context: ContextView = {
  messageType: 'query',
  priority: 'normal',
  priorityRank: 1,
  contentBytes: 2,
  isReply: false,
  toEveryone: false,
  now: 0,
};
const answering: ContextView = {
  ...context,
  isReply: true,
  answersOwn: true,
  answeredType: 'query',
  answeredRole: 'probe',
};
const bare: AgentView = { tenant: 'probe', id: 'bare', capabilities: [] };
const full: AgentView = { tenant: 'probe', id: 'full', role: 'probe', capabilities: ['probe'] };
const away: AgentView = { ...full, tenant: 'elsewhere' };
const pairs = [
  [bare, full],
  [full, bare],
  [full, away],
  [bare, bare],
] as const;

const scalars: Readonly<Record<FactScalarType, FactScalar>> = {
  string: 'probe',
  bool: true,
  int: -1,
  timestamp: { timestamp: 0 },
  duration: { milliseconds: -1 },
};

const valuesOf = ({ facts }: ActionDeclaration, withOptional: boolean): Readonly<Record<string, FactValue>> =>
  Object.fromEntries(
    [...facts.values()]
      .filter(({ optional }) => withOptional || !optional)
      .map(({ name, type }) => [name, typeof type === 'string' ? scalars[type] : [scalars[type.setOf]]]),
  );

const probesOf = (declaration: ActionDeclaration): readonly EngineRequest[] => {
  const { name: action } = declaration;
  const point = action === 'receive' ? 'receive' : 'send';
  const shared = { point, action, context, facts: valuesOf(declaration, true) } as const;
  const direct = pairs.map(([sender, recipient]) => ({ ...shared, sender, recipient, tenant: recipient.tenant }));
  const sparse = { ...shared, sender: bare, recipient: full, tenant: full.tenant, facts: valuesOf(declaration, false) };
  const toEveryone = { ...shared, context: { ...context, toEveryone: true, isReply: true } };
  const toTopic = { ...shared, context: { ...context, toTopic: 'probe' } };
  const toCapability = { ...shared, context: { ...context, toCapability: 'probe' } };
  return [
    ...direct,
    ...direct.slice(0, 1).map((request) => ({ ...request, context: answering })),
    sparse,
    ...(action === 'send'
      ? [toEveryone, toTopic, toCapability].flatMap((to) =>
          [bare, full].map((sender) => ({ ...to, sender, tenant: sender.tenant })),
        )
      : []),
    ...(action === 'receive'
      ? [toTopic, toCapability].map((to) => ({ ...to, sender: bare, recipient: full, tenant: full.tenant }))
      : []),
  ];
};

/**
 * One request of each kind that the bus makes. A schema that refuses one of them would deny every such message, so it
 * is refused when it is loaded.
 */
export const probeRequests = (actions: Actions): readonly EngineRequest[] => [...actions.values()].flatMap(probesOf);
