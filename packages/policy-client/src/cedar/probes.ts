import type { AgentView, ContextView, EngineRequest } from '../engine/policy-engine.js';

const context: ContextView = {
  messageType: 'query',
  priority: 'normal',
  priorityRank: 1,
  contentBytes: 2,
  isReply: false,
  toEveryone: false,
  now: 0,
};
const bare: AgentView = { tenant: 'probe', id: 'bare', capabilities: [] };
const full: AgentView = { tenant: 'probe', id: 'full', role: 'probe', capabilities: ['probe'] };
const away: AgentView = { ...full, tenant: 'elsewhere' };

/**
 * One request of each kind that the bus makes. A schema that refuses one of them would deny every such message, so it
 * is refused when it is loaded.
 */
export const probeRequests: readonly EngineRequest[] = [
  ...(
    [
      [bare, full],
      [full, bare],
      [full, away],
      [bare, bare],
    ] as const
  ).flatMap(([sender, recipient]) =>
    (['send', 'receive'] as const).map((point) => ({
      point,
      action: point,
      sender,
      recipient,
      tenant: recipient.tenant,
      context,
      facts: {},
    })),
  ),
  ...[bare, full].map((sender) => ({
    point: 'send' as const,
    action: 'send',
    facts: {},
    sender,
    tenant: sender.tenant,
    context: { ...context, toEveryone: true, isReply: true },
  })),
];
