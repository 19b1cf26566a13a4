import type { Eventual } from '../eventual.js';

/** An agent's subscription to topics of its tenant. It ends with the agent: whoever is registered under the id later is another. */
export interface SubscriptionRecord {
  readonly tenant: string;
  readonly agent: string;
  /** Which registration of the agent: see `registrationOf`. */
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

/**
 * What is paused: an agent's mailbox, a queue group's, topics by a pattern, or all mailboxes of a tenant. What is halted: an
 * agent, a tenant, a type of messages, or everything.
 */
export type StopKind =
  | 'agent'
  | 'group'
  | 'topic'
  | 'tenant'
  | 'halt-agent'
  | 'halt-tenant'
  | 'halt-type'
  | 'halt-everything';

export const isHalt = ({ kind }: Pick<StopRecord, 'kind'>): boolean => kind.startsWith('halt-');

export interface StopRecord {
  readonly kind: StopKind;
  /** Empty for everything, and for a type in all tenants. */
  readonly tenant: string;
  /** The agent's id, the group's name, the topics' pattern or the type; empty for a tenant and for everything. */
  readonly name: string;
  /** The words of the operator. */
  readonly reason: string;
  /** Wall-clock milliseconds. */
  readonly since: number;
}

/** Equal for what stops the same. */
export const stopKey = ({ kind, tenant, name }: Pick<StopRecord, 'kind' | 'tenant' | 'name'>): string =>
  `${kind} ${tenant}/${name}`;

/** A change that another process has made. */
export type TopicChange =
  | { readonly kind: 'subscribed'; readonly subscription: SubscriptionRecord }
  | { readonly kind: 'unsubscribed'; readonly subscription: SubscriptionRecord }
  | { readonly kind: 'paused'; readonly pause: StopRecord }
  | { readonly kind: 'resumed'; readonly pause: StopRecord };

/**
 * What is remembered of subscriptions, pauses and halts: how they match is worked out from all of them in memory. What changes
 * something resolves after its commit, and is done however often it is asked for.
 *
 * Throws StoreError where nothing can be written.
 */
export interface TopicRecords {
  subscriptions(): Eventual<readonly SubscriptionRecord[]>;
  /** Takes the place of one of the same key. */
  subscribe(subscription: SubscriptionRecord): Promise<void>;
  unsubscribe(subscriptions: readonly SubscriptionRecord[]): Promise<void>;
  pauses(): Eventual<readonly StopRecord[]>;
  /** Takes the place of one of the same key. @param leaf what the audit log says of it, in the same commit: canonical JSON. */
  pause(pause: StopRecord, leaf: string): Promise<void>;
  resume(pause: StopRecord, leaf: string): Promise<void>;
  /** A leaf of what is kept elsewhere. @param subject under which it is found, in the place of a message's id. */
  note(subject: string, leaf: string): Promise<void>;
  /** Of records that several processes share: told of what others changed, in its order. */
  follow?(listener: (change: TopicChange) => void): Disposable;
}
