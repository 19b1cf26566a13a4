import type { DeliveryObligation, JudgementPoint } from '@charterbus/core-models';
import type { EngineRequest } from '../engine/policy-engine.js';
import type { FactValue } from '../facts/fact-value.js';

/**
 * A policy as plain data, which every engine can express in its own language: it applies where all that is stated
 * holds. Conformance suites and differential tests are written in it.
 */
export interface Rule {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** The approval that a determining permit asks for. */
  readonly escalate?: string;
  /** What a determining permit asks of the bus at delivery. */
  readonly obligations?: readonly DeliveryObligation[];
  /** At `send` also calls of tools. */
  readonly point?: JudgementPoint;
  /** Just this action: `send`, `receive` or a tool. */
  readonly action?: string;
  /** The fact is there and has this value. */
  readonly fact?: { readonly name: string; readonly value: string | boolean | number };
  readonly messageTypes?: readonly string[];
  /** The sender has this role. */
  readonly senderRole?: string;
  /** The sender has no role at all. */
  readonly senderWithoutRole?: boolean;
  /** The recipient is known and has this role. */
  readonly recipientRole?: string;
  /** Whether the sender is of the tenant that is addressed. */
  readonly sameTenant?: boolean;
  readonly toEveryone?: boolean;
  /** The message was published to this topic. */
  readonly toTopic?: string;
  /** The message was addressed to this capability. */
  readonly toCapability?: string;
  readonly minimumPriorityRank?: number;
  readonly maximumContentBytes?: number;
}

const factOf = ({ facts }: EngineRequest, name: string): FactValue | undefined =>
  Object.hasOwn(facts, name) ? facts[name] : undefined;

type Test = (rule: Rule, request: EngineRequest) => boolean;

/** One line for each thing that a rule may state: it holds where it is not stated, or is so. */
const tests: readonly Test[] = [
  (rule, { point }) => rule.point === undefined || rule.point === point,
  (rule, { action }) => rule.action === undefined || rule.action === action,
  ({ fact }, request) => fact === undefined || factOf(request, fact.name) === fact.value,
  (rule, { context }) => rule.messageTypes === undefined || rule.messageTypes.includes(context.messageType),
  (rule, { sender }) => rule.senderRole === undefined || rule.senderRole === sender.role,
  (rule, { sender }) => rule.senderWithoutRole !== true || sender.role === undefined,
  (rule, { recipient }) => rule.recipientRole === undefined || rule.recipientRole === recipient?.role,
  (rule, { sender, tenant }) => rule.sameTenant === undefined || rule.sameTenant === (sender.tenant === tenant),
  (rule, { context }) => rule.toEveryone === undefined || rule.toEveryone === context.toEveryone,
  (rule, { context }) => rule.toTopic === undefined || rule.toTopic === context.toTopic,
  (rule, { context }) => rule.toCapability === undefined || rule.toCapability === context.toCapability,
  (rule, { context }) => context.priorityRank >= (rule.minimumPriorityRank ?? 0),
  (rule, { context }) => context.contentBytes <= (rule.maximumContentBytes ?? Number.MAX_SAFE_INTEGER),
];

/** Whether a rule applies, by the plain meaning of its words: the oracle that engines are compared with. */
export const ruleApplies = (rule: Rule, request: EngineRequest): boolean => tests.every((test) => test(rule, request));
