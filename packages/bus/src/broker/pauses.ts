import { agentKey, type Message } from '@charterbus/core-models';
import type { Entry } from './entry.js';

/** Of what nothing is leased for now. */
export interface Pauses {
  /** Nothing at all is. */
  readonly everything?: boolean;
  readonly tenants: ReadonlySet<string>;
  /** `tenant/agent` of mailboxes. */
  readonly mailboxes: ReadonlySet<string>;
  /** By tenant. */
  readonly topics: ReadonlyMap<string, TopicSet>;
  /** Messages by who sent them and what they are, whoever they are for. Absent where none are held back so. */
  readonly messages?: MessageSet;
}

/** Topics that are named by patterns. */
export interface TopicSet {
  readonly patterns: readonly string[];
  covers(topic: string): boolean;
}

/** What of a message tells whether it is held back. */
export type Marked = Pick<Message, 'tenant' | 'from' | 'type'>;

/** Messages of some senders, or of some types. */
export interface MessageSet {
  /** Tenants of senders. */
  readonly tenants: readonly string[];
  /** `tenant/agent` of senders. */
  readonly senders: readonly string[];
  /** A type, in a tenant of sender or recipient, or in all. */
  readonly types: readonly { readonly type: string; readonly tenant?: string }[];
  /** @param tenant of the recipient. */
  covers(message: Marked, tenant: string): boolean;
}

export const pausesNothing = ({ everything, tenants, mailboxes, topics, messages }: Pauses): boolean =>
  everything !== true && messages === undefined && tenants.size + mailboxes.size + topics.size === 0;

/** Whether a mailbox gives nothing at all. @param key `tenant/agent`. */
export const withholdsMailbox = ({ everything, tenants, mailboxes }: Pauses, tenant: string, key: string): boolean =>
  everything === true || tenants.has(tenant) || mailboxes.has(key);

/** Whether an entry is not leased for now, for what is known of it without its message. */
export const withholds = (pauses: Pauses, { recipient, topic }: Pick<Entry, 'recipient' | 'topic'>): boolean =>
  withholdsMailbox(pauses, recipient.tenant, agentKey(recipient)) ||
  (topic !== undefined && pauses.topics.get(recipient.tenant)?.covers(topic) === true);
