import type { JsonValue } from '../json/json-value.js';
import type { MessageType, Priority } from './vocabulary.js';

/** Where a message goes, complete: the tenant is always named. */
export type Address =
  | { readonly tenant: string; readonly agent: string }
  | { readonly tenant: string; readonly everyone: true };

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
  readonly headers?: Readonly<Record<string, string>>;
  readonly content: JsonValue;
}
