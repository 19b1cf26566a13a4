import type { Eventual } from '../eventual.js';

/** An agent's subscription to topics of its tenant. It ends with the agent: whoever is registered under the id later is another. */
export interface SubscriptionRecord {
  readonly tenant: string;
  readonly agent: string;
  /** The agent's `revision`. */
  readonly revision: string;
  readonly pattern: string;
  /** The queue group that it takes part in; absent where it gets each message itself. */
  readonly group?: string;
  /** Wall-clock milliseconds. */
  readonly since: number;
}

/** Equal for what is one subscription: the same agent, pattern and group. No part holds a space. */
export const subscriptionKey = ({
  tenant,
  agent,
  pattern,
  group = '',
}: Omit<SubscriptionRecord, 'revision' | 'since'>) => `${tenant}/${agent} ${pattern} ${group}`;

/** What is paused: an agent's mailbox, a queue group's, topics by a pattern, or all mailboxes of a tenant. */
export type PauseKind = 'agent' | 'group' | 'topic' | 'tenant';

export interface PauseRecord {
  readonly kind: PauseKind;
  readonly tenant: string;
  /** The agent's id, the group's name or the topics' pattern; empty for a tenant. */
  readonly name: string;
  /** The words of the operator. */
  readonly reason: string;
  /** Wall-clock milliseconds. */
  readonly since: number;
}

/** Equal for pauses of the same. */
export const pauseKey = ({ kind, tenant, name }: Pick<PauseRecord, 'kind' | 'tenant' | 'name'>): string =>
  `${kind} ${tenant}/${name}`;

/** A change that another process has made. */
export type TopicChange =
  | { readonly kind: 'subscribed'; readonly subscription: SubscriptionRecord }
  | { readonly kind: 'unsubscribed'; readonly subscription: SubscriptionRecord }
  | { readonly kind: 'paused'; readonly pause: PauseRecord }
  | { readonly kind: 'resumed'; readonly pause: PauseRecord };

/**
 * What is remembered of subscriptions and pauses: how they match is worked out from all of them in memory. What changes
 * something resolves after its commit, and is done however often it is asked for.
 *
 * Throws StoreError where nothing can be written.
 */
export interface TopicRecords {
  subscriptions(): Eventual<readonly SubscriptionRecord[]>;
  /** Takes the place of one of the same key. */
  subscribe(subscription: SubscriptionRecord): Promise<void>;
  unsubscribe(subscriptions: readonly SubscriptionRecord[]): Promise<void>;
  pauses(): Eventual<readonly PauseRecord[]>;
  /** Takes the place of one of the same key. @param leaf what the audit log says of it, in the same commit: canonical JSON. */
  pause(pause: PauseRecord, leaf: string): Promise<void>;
  resume(pause: PauseRecord, leaf: string): Promise<void>;
  /** Of records that several processes share: told of what others changed, in its order. */
  follow?(listener: (change: TopicChange) => void): Disposable;
}
