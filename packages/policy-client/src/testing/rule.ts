import type { JudgementPoint } from '@charterbus/core-models';
import type { EngineRequest } from '../engine/policy-engine.js';

/**
 * A policy as plain data, which every engine can express in its own language: it applies where all that is stated
 * holds. Conformance suites and differential tests are written in it.
 */
export interface Rule {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** The approval that a determining permit asks for. */
  readonly escalate?: string;
  readonly point?: JudgementPoint;
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
  readonly minimumPriorityRank?: number;
  readonly maximumContentBytes?: number;
}

type Test = (rule: Rule, request: EngineRequest) => boolean;

/** One line for each thing that a rule may state: it holds where it is not stated, or is so. */
const tests: readonly Test[] = [
  (rule, { point }) => rule.point === undefined || rule.point === point,
  (rule, { context }) => rule.messageTypes === undefined || rule.messageTypes.includes(context.messageType),
  (rule, { sender }) => rule.senderRole === undefined || rule.senderRole === sender.role,
  (rule, { sender }) => rule.senderWithoutRole !== true || sender.role === undefined,
  (rule, { recipient }) => rule.recipientRole === undefined || rule.recipientRole === recipient?.role,
  (rule, { sender, tenant }) => rule.sameTenant === undefined || rule.sameTenant === (sender.tenant === tenant),
  (rule, { context }) => rule.toEveryone === undefined || rule.toEveryone === context.toEveryone,
  (rule, { context }) => context.priorityRank >= (rule.minimumPriorityRank ?? 0),
  (rule, { context }) => context.contentBytes <= (rule.maximumContentBytes ?? Number.MAX_SAFE_INTEGER),
];

/** Whether a rule applies, by the plain meaning of its words: the oracle that engines are compared with. */
export const ruleApplies = (rule: Rule, request: EngineRequest): boolean => tests.every((test) => test(rule, request));
