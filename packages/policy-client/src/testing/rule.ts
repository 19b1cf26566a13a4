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

const same = <T>(stated: T | undefined, actual: T): boolean => stated === undefined || stated === actual;

/** Whether a rule applies, by the plain meaning of its words: the oracle that engines are compared with. */
export const ruleApplies = (rule: Rule, { point, sender, recipient, tenant, context }: EngineRequest): boolean =>
  same(rule.point, point) &&
  (rule.messageTypes?.includes(context.messageType) ?? true) &&
  same(rule.senderRole ?? sender.role, sender.role) &&
  (rule.senderWithoutRole !== true || sender.role === undefined) &&
  (rule.recipientRole === undefined || recipient?.role === rule.recipientRole) &&
  same(rule.sameTenant, sender.tenant === tenant) &&
  same(rule.toEveryone, context.toEveryone) &&
  context.priorityRank >= (rule.minimumPriorityRank ?? 0) &&
  context.contentBytes <= (rule.maximumContentBytes ?? Number.MAX_SAFE_INTEGER);
