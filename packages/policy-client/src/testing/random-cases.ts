import { messageTypes, priorities, priorityRank, seededRandom } from '@charterbus/core-models';
import type { Actions, AgentView, EngineRequest } from '../engine/policy-engine.js';
import type { ActionDeclaration, FactScalar, FactScalarType, FactType, FactValue } from '../facts/fact-value.js';
import { noFacts } from '../facts/no-facts.js';
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
const topics = ['orders.created', 'audit'];
const capabilities = ['search', 'translate'];
const roles = ['executive', 'legislative', 'judicial', 'auditor'];

const randomAgent = (chooser: Chooser, tenant: string): AgentView => ({
  tenant,
  id: chooser.pick(['a', 'b', 'c']),
  capabilities: chooser.once(2) ? [] : ['search'],
  ...(chooser.once(3) ? {} : { role: chooser.pick(roles) }),
});

const scalarOf = (chooser: Chooser, type: FactScalarType): FactScalar => {
  if (type === 'string') return chooser.pick(['business', 'economy']);
  if (type === 'bool') return chooser.once(2);
  if (type === 'int') return chooser.pick([0, 1, 100]);
  return type === 'timestamp' ? { timestamp: chooser.below(3) } : { milliseconds: chooser.below(3) };
};

const valueOf = (chooser: Chooser, type: FactType): FactValue =>
  typeof type === 'string' ? scalarOf(chooser, type) : [scalarOf(chooser, type.setOf), scalarOf(chooser, type.setOf)];

const randomFacts = (chooser: Chooser, action: ActionDeclaration): EngineRequest['facts'] =>
  Object.fromEntries(
    [...action.facts.values()]
      .filter(({ optional }) => !optional || chooser.once(2))
      .map(({ name, type }) => [name, valueOf(chooser, type)]),
  );

/** A request that the bus could make about one of the actions, with their facts. Default: without tools and facts. */
export const randomRequest = (chooser: Chooser, actions: Actions = noFacts.actions): EngineRequest => {
  const request = randomMessage(chooser);
  const tools = [...actions.values()].filter(({ tool }) => tool);
  const calls = request.point === 'send' && request.recipient !== undefined && tools.length > 0 && chooser.once(2);
  const action = calls ? chooser.pick(tools) : actions.get(request.point);
  if (action === undefined) throw new TypeError('There are always the two points.');
  return { ...request, action: action.name, facts: randomFacts(chooser, action) };
};

type Addressed = Pick<EngineRequest['context'], 'toEveryone' | 'toTopic' | 'toCapability'>;

const randomAddress = (chooser: Chooser): Addressed => {
  if (chooser.once(3)) return { toEveryone: true };
  if (chooser.once(3)) return { toEveryone: false, toTopic: chooser.pick(topics) };
  return chooser.once(4) ? { toEveryone: false, toCapability: chooser.pick(capabilities) } : { toEveryone: false };
};

const randomMessage = (chooser: Chooser): Omit<EngineRequest, 'action' | 'facts'> => {
  const point = chooser.pick(['send', 'receive'] as const);
  const tenant = chooser.pick(tenants);
  const addressed = randomAddress(chooser);
  const toSeveral = addressed.toEveryone || Object.keys(addressed).length > 1;
  const sender = randomAgent(chooser, chooser.once(4) ? chooser.pick(tenants) : tenant);
  const other = randomAgent(chooser, tenant);
  // One agent cannot have two roles at once.
  const recipient = other.id === sender.id && other.tenant === sender.tenant ? sender : other;
  const priority = chooser.pick(priorities);
  return {
    point,
    sender,
    ...(point === 'send' && toSeveral ? {} : { recipient }),
    tenant,
    context: {
      messageType: chooser.pick(messageTypes),
      priority,
      priorityRank: priorityRank(priority),
      contentBytes: chooser.pick([0, 2, 100, 1_000, 262_144]),
      isReply: chooser.once(2),
      ...addressed,
      now: 1_767_225_600_000 + chooser.below(1_000_000),
    },
  };
};

/** What a rule says of action and fact; nothing that could never be so, which engines refuse. */
const randomSubject = (chooser: Chooser, actions: Actions): Pick<Rule, 'action' | 'fact'> => {
  // Forbids of `send` alone are refused beside tools.
  const named = chooser.once(3) ? chooser.pick([...actions.values()].filter(({ name }) => name !== 'send')) : undefined;
  const facts = (named === undefined ? [...actions.values()] : [named]).flatMap((action) => [...action.facts.values()]);
  const plain = facts.filter(({ type }) => type === 'string' || type === 'bool' || type === 'int');
  const fact = plain.length > 0 && chooser.once(2) ? chooser.pick(plain) : undefined;
  return {
    ...(named === undefined ? {} : { action: named.name }),
    ...(fact === undefined
      ? {}
      : { fact: { name: fact.name, value: valueOf(chooser, fact.type) as string | boolean | number } }),
  };
};

/** A rule that states a few things; forbids are rarer than permits. Default: nothing of tools and facts. */
export const randomRule = (chooser: Chooser, id: string, actions?: Actions): Rule => {
  const rule = randomPlainRule(chooser, id);
  // A rule about a point, or a message to everyone, is about no tool in particular.
  const isPlain = [rule.point, rule.toEveryone, rule.toTopic, rule.toCapability].some((stated) => stated !== undefined);
  if (actions === undefined || isPlain) return rule;
  return { ...rule, ...randomSubject(chooser, actions) };
};

const randomAddressOfRule = (chooser: Chooser): Pick<Rule, 'toEveryone' | 'toTopic' | 'toCapability'> => {
  if (chooser.once(6)) return { toEveryone: chooser.once(2) };
  if (chooser.once(8)) return { toTopic: chooser.pick(topics) };
  return chooser.once(12) ? { toCapability: chooser.pick(capabilities) } : {};
};

const randomPlainRule = (chooser: Chooser, id: string): Rule => ({
  id,
  effect: chooser.once(3) ? 'forbid' : 'permit',
  ...(chooser.once(3) ? { point: chooser.pick(['send', 'receive'] as const) } : {}),
  ...(chooser.once(2) ? { messageTypes: [chooser.pick(messageTypes), chooser.pick(messageTypes)] } : {}),
  ...(chooser.once(4) ? { senderRole: chooser.pick(roles) } : chooser.once(6) ? { senderWithoutRole: true } : {}),
  ...(chooser.once(5) ? { recipientRole: chooser.pick(roles) } : {}),
  ...(chooser.once(4) ? { sameTenant: chooser.once(2) } : {}),
  ...randomAddressOfRule(chooser),
  ...(chooser.once(5) ? { minimumPriorityRank: chooser.below(4) } : {}),
  ...(chooser.once(5) ? { maximumContentBytes: chooser.pick([0, 99, 1_000]) } : {}),
});
