import { agentKey } from '@charterbus/core-models';
import type { Entry } from './entry.js';

/** Of what nothing is leased for now. */
export interface Pauses {
  readonly tenants: ReadonlySet<string>;
  /** `tenant/agent` of mailboxes. */
  readonly mailboxes: ReadonlySet<string>;
  /** By tenant. */
  readonly topics: ReadonlyMap<string, TopicSet>;
}

/** Topics that are named by patterns. */
export interface TopicSet {
  readonly patterns: readonly string[];
  covers(topic: string): boolean;
}

export const pausesNothing = ({ tenants, mailboxes, topics }: Pauses): boolean =>
  tenants.size + mailboxes.size + topics.size === 0;

/** Whether a mailbox gives nothing at all. @param key `tenant/agent`. */
export const withholdsMailbox = ({ tenants, mailboxes }: Pauses, tenant: string, key: string): boolean =>
  tenants.has(tenant) || mailboxes.has(key);

/** Whether an entry is not leased for now. */
export const withholds = (pauses: Pauses, { recipient, topic }: Pick<Entry, 'recipient' | 'topic'>): boolean =>
  withholdsMailbox(pauses, recipient.tenant, agentKey(recipient)) ||
  (topic !== undefined && pauses.topics.get(recipient.tenant)?.covers(topic) === true);
