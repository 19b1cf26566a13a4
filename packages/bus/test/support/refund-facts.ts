import type { ConstitutionFacts, GatheredFacts, Observation } from '@charterbus/policy-client';

/**
 * Facts of a small shop, made by hand: an agent sends `task_request`s to `desk` with `{ tool, order }`. Of each order it
 * may cancel or refund one, once: what was allowed before is the fact `done`. Results of `desk` set `state`.
 */
const aboutOrder = (order: unknown): string => `done:${String(order)}`;

const orderOf = (content: unknown): unknown =>
  typeof content === 'object' && content !== null && 'order' in content ? content.order : undefined;

const done = { name: 'done', type: 'int', optional: false, redact: false } as const;

export const refundFacts = (pause: () => Promise<void> = () => Promise.resolve()): ConstitutionFacts => ({
  actions: new Map([
    ['send', { name: 'send', tool: false, facts: new Map([['done', done]]) }],
    ['receive', { name: 'receive', tool: false, facts: new Map() }],
  ]),
  slots: {},
  screens: new Set(),
  ofRecipient: new Set(),
  async gather({ point, message, conversation }, { now }): Promise<GatheredFacts> {
    const order = orderOf(message.content);
    if (point === 'receive' || message.type !== 'task_request') return { action: point, now, values: {} };
    if (conversation === undefined) {
      return { action: point, now, values: {}, wanting: { code: 'FACT_UNAVAILABLE', names: ['done'] } };
    }
    const known = conversation.read(aboutOrder(order));
    await pause();
    return {
      action: point,
      now,
      digest: 'd'.repeat(64),
      values: { done: known.overflowed ? 1e6 : known.values.length },
    };
  },
  toolOf: () => undefined,
  observe({ message }): readonly Observation[] {
    if (message.type !== 'task_request') return [];
    const tool = (message.content as { readonly tool: string }).tool;
    return [{ about: aboutOrder(orderOf(message.content)), keeps: 'all', value: tool }];
  },
  withWorld: () => ({ problems: ['There is no other world.'] }),
});
