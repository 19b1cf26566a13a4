import { messageTypes, priorities, priorityRank, seededRandom } from '@charterbus/core-models';
import type { AgentView, EngineRequest } from '../engine/policy-engine.js';
import type { Rule } from './rule.js';

/** Repeatable choices from a seed. */
export interface Chooser {
  /** A whole number from 0 up to, and without, the bound. */
  below(bound: number): number;
  pick<T>(options: readonly T[]): T;
  /** True once in so many times. */
  once(inSoMany: number): boolean;
}

export const chooserOf = (seed: number): Chooser => {
  const random = seededRandom(seed);
  const below = (bound: number): number => {
    const [a = 0, b = 0, c = 0] = random.bytes(3);
    return (a * 65_536 + b * 256 + c) % bound;
  };
  const pick = <T>(options: readonly T[]): T => options[below(options.length)] as T;
  return { below, pick, once: (inSoMany) => below(inSoMany) === 0 };
};

const tenants = ['acme', 'rival'];
const roles = ['executive', 'legislative', 'judicial', 'auditor'];

const randomAgent = (chooser: Chooser, tenant: string): AgentView => ({
  tenant,
  id: chooser.pick(['a', 'b', 'c']),
  capabilities: chooser.once(2) ? [] : ['search'],
  ...(chooser.once(3) ? {} : { role: chooser.pick(roles) }),
});

/** A request that the bus could make. */
export const randomRequest = (chooser: Chooser): EngineRequest => {
  const point = chooser.pick(['send', 'receive'] as const);
  const tenant = chooser.pick(tenants);
  const toEveryone = chooser.once(3);
  const sender = randomAgent(chooser, chooser.once(4) ? chooser.pick(tenants) : tenant);
  const other = randomAgent(chooser, tenant);
  // One agent cannot have two roles at once.
  const recipient = other.id === sender.id && other.tenant === sender.tenant ? sender : other;
  const priority = chooser.pick(priorities);
  return {
    point,
    action: point,
    sender,
    ...(point === 'send' && toEveryone ? {} : { recipient }),
    tenant,
    context: {
      messageType: chooser.pick(messageTypes),
      priority,
      priorityRank: priorityRank(priority),
      contentBytes: chooser.pick([0, 2, 100, 1_000, 262_144]),
      isReply: chooser.once(2),
      toEveryone,
      now: 1_767_225_600_000 + chooser.below(1_000_000),
    },
    facts: {},
  };
};

/** A rule that states a few things; forbids are rarer than permits. */
export const randomRule = (chooser: Chooser, id: string): Rule => ({
  id,
  effect: chooser.once(3) ? 'forbid' : 'permit',
  ...(chooser.once(3) ? { point: chooser.pick(['send', 'receive'] as const) } : {}),
  ...(chooser.once(2) ? { messageTypes: [chooser.pick(messageTypes), chooser.pick(messageTypes)] } : {}),
  ...(chooser.once(4) ? { senderRole: chooser.pick(roles) } : chooser.once(6) ? { senderWithoutRole: true } : {}),
  ...(chooser.once(5) ? { recipientRole: chooser.pick(roles) } : {}),
  ...(chooser.once(4) ? { sameTenant: chooser.once(2) } : {}),
  ...(chooser.once(6) ? { toEveryone: chooser.once(2) } : {}),
  ...(chooser.once(5) ? { minimumPriorityRank: chooser.below(4) } : {}),
  ...(chooser.once(5) ? { maximumContentBytes: chooser.pick([0, 99, 1_000]) } : {}),
});
