/**
 * Every error code of Charterbus, with what the caller must do about it and how it looks on the wire.
 *
 * This table is the only place where codes, HTTP status and remedies meet. Codes are stable: a released code is never
 * renamed or given another meaning.
 */

/** What the caller must do. `retry-later` may carry `retryAfterMs`; `give-up` means that repeating cannot help. */
export type Remedy = 'fix-request' | 'retry-later' | 'seek-approval' | 'give-up';

export type ErrorCategory =
  | 'constitutional'
  | 'message'
  | 'agent'
  | 'policy'
  | 'deliberation'
  | 'operation'
  | 'configuration'
  | 'store';

export interface CatalogueEntry {
  readonly category: ErrorCategory;
  /** HTTP status of the problem document (RFC 9457). */
  readonly status: number;
  readonly remedy: Remedy;
  /** Short and the same for every occurrence, as RFC 9457 asks of a problem's title. */
  readonly title: string;
}

const entry = <const C extends ErrorCategory>(
  category: C,
  status: number,
  remedy: Remedy,
  title: string,
): CatalogueEntry & { readonly category: C } => ({ category, status, remedy, title });

export const errorCatalogue = {
  CONSTITUTIONAL_HASH_MISMATCH: entry(
    'constitutional',
    403,
    'fix-request',
    'The stated constitutional hash is not in force',
  ),
  CONSTITUTIONAL_HASH_MISSING: entry('constitutional', 403, 'fix-request', 'No constitutional hash is stated'),
  CONSTITUTION_INVALID: entry('constitutional', 422, 'fix-request', 'The constitution does not validate'),
  CONSTITUTION_TESTS_FAILED: entry('constitutional', 422, 'fix-request', 'The constitution fails its own tests'),
  BUNDLE_INVALID: entry('constitutional', 422, 'fix-request', 'The bundle is not one that may be read'),
  BUNDLE_SIGNATURE_INVALID: entry('constitutional', 422, 'fix-request', 'The signature of the bundle does not verify'),
  BUNDLE_NOT_PUBLISHED: entry(
    'constitutional',
    409,
    'seek-approval',
    'The status of the bundle does not let it be in force',
  ),
  BUNDLE_REVOKED: entry('constitutional', 409, 'give-up', 'The bundle was revoked'),
  BUNDLE_STALE: entry('constitutional', 409, 'give-up', 'The bundle is older than what was in force'),
  BUNDLE_UNAVAILABLE: entry('constitutional', 503, 'retry-later', 'No source has a bundle that may be in force'),
  CONSTITUTION_NOT_STAGED: entry('constitutional', 404, 'fix-request', 'No such constitution is staged'),
  CONSTITUTION_IN_FORCE: entry('constitutional', 409, 'give-up', 'This constitution is already in force'),
  CONSTITUTION_OUTDATED: entry(
    'constitutional',
    409,
    'fix-request',
    'A later revision of this constitution was in force before',
  ),
  CONSTITUTION_NO_PREVIOUS: entry('constitutional', 409, 'give-up', 'There is no constitution to roll back to'),
  CONSTITUTION_LIMIT_REACHED: entry('constitutional', 429, 'fix-request', 'Too many constitutions are staged'),
  CONSTITUTION_CHANGED: entry(
    'constitutional',
    409,
    'retry-later',
    'The constitution changed each time the message was judged',
  ),

  MESSAGE_MALFORMED: entry('message', 400, 'fix-request', 'The body cannot be read'),
  MESSAGE_INVALID: entry('message', 422, 'fix-request', 'The message is not valid'),
  MESSAGE_TOO_LARGE: entry('message', 413, 'fix-request', 'The message is too large'),
  MESSAGE_EXPIRED: entry('message', 422, 'give-up', 'The message has expired'),
  MESSAGE_NOT_FOUND: entry('message', 404, 'give-up', 'No such message'),
  MESSAGE_GONE: entry('message', 410, 'give-up', 'The message is finished and no longer kept'),
  MESSAGE_NOT_HELD: entry('message', 409, 'give-up', 'The message is not held'),
  DEDUPE_CONFLICT: entry('message', 409, 'fix-request', 'The dedupe key was used with other content'),
  DELIVERY_FAILED: entry('message', 502, 'give-up', 'The message could not be delivered'),
  REPLY_TIMEOUT: entry('message', 504, 'retry-later', 'No reply came in time'),
  RECIPIENT_UNREACHABLE: entry('message', 403, 'fix-request', 'No such recipient, or it may not be addressed'),
  DURABILITY_NOT_REACHED: entry(
    'message',
    503,
    'give-up',
    'The message is accepted, but less durably than its sender demanded',
  ),
  QUEUE_FULL: entry('message', 429, 'retry-later', "The recipient's queue is full"),
  CONVERSATION_BUSY: entry('message', 409, 'retry-later', 'The conversation moved on each time the message was judged'),
  SIGNATURE_REQUIRED: entry('message', 403, 'fix-request', 'The message must be signed by its sender'),
  SIGNATURE_INVALID: entry('message', 403, 'fix-request', 'The signature is not one of the sender over this message'),
  SIGNATURE_REPLAYED: entry('message', 403, 'fix-request', 'The signature was used before, or is too old'),
  LEASE_LOST: entry('message', 409, 'give-up', 'The lease of this delivery is lost'),
  DELIVERY_NOT_FOUND: entry('message', 404, 'give-up', 'No such delivery'),
  DEAD_LETTER_NOT_FOUND: entry('message', 404, 'give-up', 'No such dead letter'),

  AGENT_NOT_REGISTERED: entry('agent', 404, 'fix-request', 'No such agent'),
  AGENT_ALREADY_REGISTERED: entry('agent', 409, 'fix-request', 'An agent of this id exists'),
  AGENT_AMBIGUOUS: entry('agent', 409, 'fix-request', 'Agents of this id exist in several tenants'),
  AGENT_INVALID: entry('agent', 422, 'fix-request', 'The agent is not valid'),
  AGENT_LIMIT_REACHED: entry('agent', 429, 'retry-later', 'No more agents can be registered'),
  AGENT_QUARANTINED: entry('agent', 403, 'seek-approval', 'The agent is quarantined'),
  AGENT_LEASE_EXPIRED: entry('agent', 409, 'retry-later', 'The agent has not been heard of in time'),
  CREDENTIAL_NOT_FOUND: entry('agent', 404, 'fix-request', 'No such credential'),
  CREDENTIAL_LIMIT_REACHED: entry('agent', 429, 'fix-request', 'The agent has too many credentials'),
  SCOPE_REQUIRED: entry('agent', 403, 'fix-request', 'The credential does not cover this'),
  CREDENTIAL_REFUSED: entry('agent', 401, 'fix-request', 'The credential is missing or not valid'),
  IDENTITY_CLAIMED: entry('agent', 403, 'fix-request', 'The body claims another identity than the credential'),
  AGENT_REQUIRED: entry('agent', 403, 'fix-request', 'Only an agent may do this'),
  OPERATOR_REQUIRED: entry('agent', 403, 'seek-approval', 'Only an operator may do this'),

  POLICY_DENIED: entry('policy', 403, 'seek-approval', 'The policies in force deny this message'),
  POLICY_DEFAULT_DENY: entry('policy', 403, 'seek-approval', 'No policy in force allows this message'),
  POLICY_EVALUATION_FAILED: entry('policy', 403, 'retry-later', 'The policies could not be evaluated'),
  POLICY_TIMEOUT: entry('policy', 403, 'retry-later', 'The policies were not evaluated in time'),
  CONSTITUTION_REVOKED: entry(
    'policy',
    403,
    'retry-later',
    'The constitution was revoked, and no other is in force yet',
  ),
  FACT_UNAVAILABLE: entry('policy', 403, 'retry-later', 'A fact that the policies require is not available'),
  FACT_INVALID: entry('policy', 403, 'fix-request', 'What a fact is made of is not of the declared type'),
  CALL_INVALID: entry('policy', 403, 'fix-request', 'The call is not one that the constitution declares'),
  SCREEN_REJECTED: entry('policy', 403, 'fix-request', 'A screen rejected the message'),

  QUOTA_EXCEEDED: entry('policy', 429, 'retry-later', 'A quota of the constitution is used up'),
  QUOTA_UNAVAILABLE: entry('policy', 503, 'retry-later', 'Whether a quota is used up cannot be found out'),

  HOLD_REFUSED: entry('deliberation', 403, 'give-up', 'The held message was refused'),
  HOLD_TIMED_OUT: entry('deliberation', 403, 'give-up', 'The held message was not decided in time'),
  HOLD_WITHDRAWN: entry('deliberation', 409, 'give-up', 'The held message was withdrawn by its sender'),

  BUS_DRAINING: entry('operation', 503, 'retry-later', 'The bus is draining'),
  BUS_CLOSED: entry('operation', 503, 'give-up', 'The bus is closed'),
  HANDLER_EXISTS: entry('operation', 409, 'give-up', 'The agent already has a handler'),
  SUBSCRIPTION_LIMIT_REACHED: entry('operation', 429, 'fix-request', 'The agent has too many subscriptions'),
  PAUSE_LIMIT_REACHED: entry('operation', 429, 'fix-request', 'Too many pauses are in force'),
  HALT_IN_FORCE: entry('operation', 403, 'seek-approval', 'The kill switch is on'),
  HALT_LIMIT_REACHED: entry('operation', 429, 'fix-request', 'Too many halts are in force'),
  HEALTH_CRITICAL: entry('operation', 503, 'retry-later', 'Something that messages need is down'),
  CIRCUIT_OPEN: entry('operation', 503, 'retry-later', 'What is needed keeps failing and is left alone for now'),
  BULKHEAD_FULL: entry('operation', 503, 'retry-later', 'Too much of this is under way'),
  OPERATION_TIMEOUT: entry('operation', 504, 'retry-later', 'The operation took too long'),
  COMPONENT_NOT_FOUND: entry('operation', 404, 'fix-request', 'No such component'),
  RECOVERY_NOT_FOUND: entry('operation', 404, 'fix-request', 'No such recovery'),
  RECOVERY_NOT_WAITING: entry('operation', 409, 'give-up', 'The recovery does not wait for this'),
  RECOVERY_LIMIT_REACHED: entry('operation', 429, 'retry-later', 'Too many recoveries are under way'),
  SINK_UNAVAILABLE: entry('operation', 503, 'retry-later', 'A sink of usage events does not take them'),
  HANDLER_FAILED: entry('operation', 500, 'give-up', 'A handler failed'),
  REQUEST_INVALID: entry('operation', 400, 'fix-request', 'The request is not valid'),
  REQUEST_TOO_LARGE: entry('operation', 413, 'fix-request', 'The request is too large'),
  REQUEST_TIMEOUT: entry('operation', 408, 'retry-later', 'The request did not arrive in time'),
  HEADERS_TOO_LARGE: entry('operation', 431, 'fix-request', "The request's headers are too large"),
  MEDIA_TYPE_UNSUPPORTED: entry('operation', 415, 'fix-request', 'The body is not of a supported media type'),
  METHOD_NOT_ALLOWED: entry('operation', 405, 'fix-request', 'The resource does not know this method'),
  TOO_MANY_REQUESTS: entry('operation', 429, 'retry-later', 'Too many requests of this kind at a time'),
  NOT_FOUND: entry('operation', 404, 'fix-request', 'No such resource'),
  ABORTED: entry('operation', 499, 'give-up', 'The caller aborted'),
  INTERNAL_ERROR: entry('operation', 500, 'retry-later', 'An unexpected error'),

  CONFIGURATION_INVALID: entry('configuration', 500, 'fix-request', 'The configuration is not valid'),

  STORE_UNAVAILABLE: entry('store', 503, 'retry-later', 'The store cannot be written'),
  STORE_OUTCOME_UNKNOWN: entry('store', 503, 'retry-later', 'Whether the change was kept is not known'),
  STORE_WRITE_REFUSED: entry('store', 500, 'give-up', 'A write breaks a rule of the store'),
  STORE_LOCKED: entry('store', 503, 'give-up', 'Another process owns the data directory'),
  STORE_VERSION_UNSUPPORTED: entry('store', 500, 'give-up', 'The store was written by a newer version'),
  STORE_CORRUPT: entry('store', 500, 'give-up', 'The store is damaged'),
  REGISTRY_STALE: entry('store', 503, 'retry-later', 'What is known of the agents is not current'),
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** The codes of one category. */
export type CodeOf<C extends ErrorCategory> = {
  [K in ErrorCode]: (typeof errorCatalogue)[K]['category'] extends C ? K : never;
}[ErrorCode];
