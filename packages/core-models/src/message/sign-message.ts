import { createPrivateKey, type JsonWebKey, KeyObject, sign } from 'node:crypto';
import { AgentError, ConfigurationError, MessageError } from '../errors/categories.js';
import { freezeJson } from '../json/json-value.js';
import { defaultMessageLimits } from '../limits.js';
import type { RetryOverride } from './message.js';
import { type MessageDraft, messageDraftSchema, type ParsedMessageDraft } from './message-draft.js';
import { statedUsage } from './message-usage.js';
import { type SignedStatement, signedDigest } from './signed-digest.js';
import { type StatedDraft, statementOf } from './statement.js';

export interface SigningOptions {
  /** Who sends: the id and the tenant that the bus will stamp. */
  readonly agent: { readonly id: string; readonly tenant: string };
  /** Ed25519, whose public half is the agent's `publicKey`. */
  readonly privateKey: KeyObject | JsonWebKey;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 16 to 64 characters of base64url, at random, never used twice. */
  readonly nonce: string;
  /** Names the key, for people and for the audit; nobody looks a key up by it. */
  readonly kid?: string;
}

const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** The text that a signature is over (RFC 7515, section 5.1): the payload is the digest's 64 hex digits. */
export const signingInput = (protectedHeader: string, statement: SignedStatement): string =>
  `${protectedHeader}.${base64url(signedDigest(statement))}`;

const invalid = (path: string, message: string): MessageError =>
  new MessageError('MESSAGE_INVALID', `The message's ${path}: ${message}.`, {
    details: { issues: [{ path, message }] },
  });

const read = (draft: MessageDraft): ParsedMessageDraft => {
  const parsed = messageDraftSchema.safeParse(draft);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(issue?.path.join('.') ?? '', issue?.message ?? 'is not valid');
};

type Instant = string | number | undefined;
const instant = (value: Instant): number | undefined => (typeof value === 'string' ? Date.parse(value) : value);

const retryOf = ({ attempts, backoffMs }: NonNullable<ParsedMessageDraft['retry']>): RetryOverride => ({
  ...(attempts === undefined ? {} : { attempts }),
  ...(backoffMs === undefined ? {} : { backoffMs }),
});

const stated = ({ content, expiresAt, deliverAt, retry, usage, ...draft }: ParsedMessageDraft): StatedDraft => {
  const [expires, delivers] = [instant(expiresAt), instant(deliverAt)];
  return {
    ...draft,
    content: freezeJson(content, { depth: defaultMessageLimits.depth, bytes: Number.MAX_SAFE_INTEGER }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
    ...(delivers === undefined ? {} : { deliverAt: delivers }),
    ...(retry === undefined ? {} : { retry: retryOf(retry) }),
    ...(usage === undefined ? {} : { usage: statedUsage(usage) }),
  };
};

const checkSignable = (draft: ParsedMessageDraft, agent: SigningOptions['agent']): void => {
  // It would become a moment that only the bus knows.
  if (draft.delayMs !== undefined) throw invalid('delayMs', 'cannot be signed: state deliverAt');
  const claims =
    (draft.from !== undefined && draft.from !== agent.id) ||
    (draft.tenant !== undefined && draft.tenant !== agent.tenant);
  if (claims) throw new AgentError('IDENTITY_CLAIMED', 'The draft names another sender than the one that signs.');
};

const keyOf = (privateKey: SigningOptions['privateKey']): KeyObject => {
  const key = privateKey instanceof KeyObject ? privateKey : createPrivateKey({ key: privateKey, format: 'jwk' });
  if (key.type === 'private' && key.asymmetricKeyType === 'ed25519') return key;
  throw new ConfigurationError('CONFIGURATION_INVALID', 'Messages are signed by a private Ed25519 key.');
};

const headerOf = ({ nonce, now, kid }: SigningOptions): string => {
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(nonce)) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'A nonce has 16 to 64 characters of base64url.');
  }
  // To the millisecond: who has just started remembers no nonces of before, and could not tell them from those of this second.
  const iat = Math.floor(now) / 1000;
  return base64url(JSON.stringify({ alg: 'EdDSA', nonce, iat, ...(kid === undefined ? {} : { kid }) }));
};

/**
 * Signs what the draft states, as the bus will keep it: a JWS in compact form without its payload (RFC 7515, appendix F) by
 * Ed25519 (RFC 8037), over `signedDigest`. Sign last: a draft that changes afterwards no longer verifies, and where a handle would
 * state the constitutional hash, the draft must state it itself.
 *
 * @returns the draft with its `signature`, in the place of one that it had.
 * @throws MessageError `MESSAGE_INVALID`, also for `delayMs`, whose moment is the bus's to make; AgentError
 *   `IDENTITY_CLAIMED`; ConfigurationError `CONFIGURATION_INVALID` for a key or nonce that is none.
 */
export const signMessage = (draft: MessageDraft, options: SigningOptions): MessageDraft & { signature: string } => {
  const parsed = read(draft);
  checkSignable(parsed, options.agent);
  const header = headerOf(options);
  const input = signingInput(header, statementOf(stated(parsed), options.agent));
  const signature = sign(null, Buffer.from(input, 'utf8'), keyOf(options.privateKey)).toString('base64url');
  return { ...draft, signature: `${header}..${signature}` };
};
