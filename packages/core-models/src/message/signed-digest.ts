import { type Digest, sha256 } from '../digest.js';
import { canonicalJson } from '../json/canonical-json.js';
import type { JsonValue } from '../json/json-value.js';
import type { Message } from './message.js';

/** What a sender signs: all of a message that it states itself, complete, as the bus keeps it. */
export type SignedStatement = Omit<Message, 'id' | 'createdAt' | 'signature'>;

/**
 * SHA-256 over the canonical JSON (RFC 8785) of a message without what the bus adds (`id`, `createdAt`) and without the
 * signature itself: what a message's signature is over. Whoever has the stored message can make it again.
 */
export const signedDigest = (statement: SignedStatement): Digest => {
  const { id: _id, createdAt: _createdAt, signature: _signature, ...signed } = statement as Message;
  return sha256(canonicalJson(signed as unknown as JsonValue));
};
