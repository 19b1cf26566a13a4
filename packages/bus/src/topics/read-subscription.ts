import { labelSchema, OperationError, rfc3339, topicPatternSchema } from '@charterbus/core-models';
import type { SubscriptionRecord } from './topic-records.js';

export interface SubscribeOptions {
  /** The queue group to take part in: one of its members gets each message. Without, this agent gets each one. */
  readonly group?: string;
}

/** A subscription as its agent sees it. */
export interface AgentSubscription {
  readonly pattern: string;
  readonly group?: string;
  /** RFC 3339. */
  readonly since: string;
}

/** A subscription as operators see it. */
export interface ListedSubscription extends AgentSubscription {
  readonly tenant: string;
  readonly agent: string;
}

/** @throws OperationError `REQUEST_INVALID`. */
export const readSubscription = (pattern: unknown, group: unknown): Pick<SubscriptionRecord, 'pattern' | 'group'> => {
  const wanted = topicPatternSchema.safeParse(pattern);
  if (!wanted.success) throw invalid('pattern', wanted.error.issues[0]?.message);
  if (group === undefined) return { pattern: wanted.data };
  return { pattern: wanted.data, group: readGroup(group) };
};

/** @throws OperationError `REQUEST_INVALID`. */
export const readGroup = (group: unknown): string => {
  const named = labelSchema.safeParse(group);
  if (named.success) return named.data;
  throw invalid('group', named.error.issues[0]?.message);
};

const invalid = (name: string, message = 'is not valid'): OperationError =>
  new OperationError('REQUEST_INVALID', `${name} ${message}.`);

export const toSubscription = ({ pattern, group, since }: SubscriptionRecord): AgentSubscription => ({
  pattern,
  ...(group === undefined ? {} : { group }),
  since: rfc3339(since),
});

const keyOf = ({ pattern, group = '' }: Pick<SubscriptionRecord, 'pattern' | 'group'>): string => `${pattern} ${group}`;

export const bySubscription = (left: AgentSubscription, right: AgentSubscription): number =>
  keyOf(left) < keyOf(right) ? -1 : 1;
