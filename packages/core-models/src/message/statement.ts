import type { JsonValue } from '../json/json-value.js';
import { rfc3339 } from '../time/rfc3339.js';
import type { Address, Message, RetryOverride } from './message.js';
import type { ParsedMessageDraft } from './message-draft.js';
import type { MessageUsage } from './message-usage.js';
import type { SignedStatement } from './signed-digest.js';

/** What becomes part of a message, once it is read: instants in milliseconds since the epoch. */
export interface StatedDraft
  extends Pick<
    ParsedMessageDraft,
    'to' | 'type' | 'priority' | 'conversationId' | 'inReplyTo' | 'orderingKey' | 'headers' | 'constitutionalHash'
  > {
  readonly content: JsonValue;
  readonly expiresAt?: number;
  readonly deliverAt?: number;
  readonly retry?: RetryOverride;
  readonly usage?: MessageUsage;
}

const addressOf = (to: StatedDraft['to'], tenant: string): Address => {
  if ('everyone' in to) return { tenant, everyone: true };
  const named = to.tenant ?? tenant;
  if ('agent' in to) return { tenant: named, agent: to.agent };
  return 'topic' in to ? { tenant: named, topic: to.topic } : { tenant: named, capability: to.capability };
};

type Unfrozen = { -readonly [Field in keyof SignedStatement]: Message[Field] };

const addInstants = (statement: Unfrozen, { expiresAt, deliverAt }: StatedDraft): void => {
  if (expiresAt !== undefined) statement.expiresAt = rfc3339(expiresAt);
  if (deliverAt !== undefined) statement.deliverAt = rfc3339(deliverAt);
};

/**
 * What a message of this draft states, complete as the bus keeps it: the address with its tenant, the priority, instants in RFC
 * 3339 with milliseconds. What is about the sending alone (`dedupeKey`, `atomic`, `delayMs`) is no part of it.
 *
 * @param sender whose message it is: its id and its tenant.
 */
export const statementOf = (
  draft: StatedDraft,
  sender: { readonly id: string; readonly tenant: string },
): SignedStatement => {
  const statement: Unfrozen = {
    tenant: sender.tenant,
    from: sender.id,
    to: addressOf(draft.to, sender.tenant),
    type: draft.type,
    priority: draft.priority ?? 'normal',
    content: draft.content,
  };
  if (draft.constitutionalHash !== undefined) statement.constitutionalHash = draft.constitutionalHash;
  if (draft.conversationId !== undefined) statement.conversationId = draft.conversationId;
  if (draft.inReplyTo !== undefined) statement.inReplyTo = draft.inReplyTo;
  addInstants(statement, draft);
  if (draft.orderingKey !== undefined) statement.orderingKey = draft.orderingKey;
  if (draft.retry !== undefined) statement.retry = draft.retry;
  if (draft.headers !== undefined) statement.headers = draft.headers;
  if (draft.usage !== undefined) statement.usage = draft.usage;
  return statement;
};
