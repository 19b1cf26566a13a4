import type { JsonValue } from '../json/json-value.js';
import type { MessageUsage } from './message-usage.js';
import type { MessageType, Priority } from './vocabulary.js';

/** Where a message goes, complete: the tenant is always named. */
export type Address =
  | { readonly tenant: string; readonly agent: string }
  | { readonly tenant: string; readonly everyone: true }
  | { readonly tenant: string; readonly topic: string }
  | { readonly tenant: string; readonly capability: string };

/** How often and when one message is tried again. */
export interface RetryOverride {
  /** Attempts before it becomes a dead letter, 1 to 100. */
  readonly attempts?: number;
  /** The delay before the second attempt, in milliseconds; doubles with each further one. */
  readonly backoffMs?: number;
}

/**
 * An admitted message, deep-frozen: what a recipient gets, in process and on the wire. `from` and `tenant` are the
 * authenticated sender's, stamped by the bus.
 */
export interface Message {
  /** UUID version 7. */
  readonly id: string;
  /** The sender's tenant. */
  readonly tenant: string;
  /** The sender's id inside its tenant. */
  readonly from: string;
  readonly to: Address;
  readonly type: MessageType;
  readonly priority: Priority;
  readonly conversationId?: string;
  /** The id of the message that this one answers. */
  readonly inReplyTo?: string;
  /** The attestation as the sender stated it, or as its handle stamped it. Absent where the manifest lets it be. */
  readonly constitutionalHash?: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly createdAt: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly expiresAt?: string;
  /** RFC 3339, UTC, milliseconds: not given to anybody before. */
  readonly deliverAt?: string;
  /** Messages of one key reach one recipient one at a time, in their order, also when they are tried again. */
  readonly orderingKey?: string;
  /** In place of what the bus would do. */
  readonly retry?: RetryOverride;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the sender states for metering and budgets. */
  readonly usage?: MessageUsage;
  readonly content: JsonValue;
  /** The sender's own signature over all of this but `id` and `createdAt`: a detached JWS, see `signedDigest`. */
  readonly signature?: string;
}
