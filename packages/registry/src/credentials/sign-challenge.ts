import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type AgentReference, agentKey, canonicalJson, type JsonValue, sha256 } from '@charterbus/core-models';
import { parseDraft } from '../draft.js';
import { defaultAudience } from '../options.js';

/** What a challenge is answered for: a session of the agent, or a new statement of what the agent is. */
export interface ChallengeStatement {
  readonly challenge: string;
  readonly agent: AgentReference;
  /** Default `charterbus`. */
  readonly audience?: string;
  /** With it the proof is one for `reregister`, and for this draft only; without it one for `openSession`. */
  readonly draft?: unknown;
}

/**
 * The text that is signed. Its first line says what the proof is for, so that none serves for anything else.
 *
 * @throws AgentError `AGENT_INVALID` for a draft that is none.
 */
export const challengeText = ({ challenge, agent, audience = defaultAudience, draft }: ChallengeStatement): string => {
  const lines = [audience, agentKey(agent), challenge];
  if (draft === undefined) return ['charterbus-session-v1', ...lines].join('\n');
  const digest = sha256(canonicalJson(parseDraft(draft) as unknown as JsonValue));
  return ['charterbus-register-v1', ...lines, digest].join('\n');
};

/**
 * Ed25519 (RFC 8032) over the UTF-8 bytes of the challenge's text, in base64url: for clients. They state agent and audience
 * themselves, so that nobody can hand them a text to sign.
 */
export const signChallenge = (statement: ChallengeStatement, privateKey: KeyObject): string =>
  sign(null, Buffer.from(challengeText(statement)), privateKey).toString('base64url');

/** 64 bytes in base64url, without padding. */
const signaturePattern = /^[A-Za-z0-9_-]{85}[AQgw]$/;
/** The key of RFC 8032's first test vector: what is checked where there is no key takes the same time. */
const nobodysKey = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
const nobodysSignature = Buffer.alloc(64, 1);

const keyOf = (publicKey: string): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });

/** Whether the signature is one of the key's over the text. Does the same work where there is no key, or no signature. */
export const isSigned = (text: string, publicKey: string | undefined, signature: unknown): boolean => {
  const isSignature = typeof signature === 'string' && signaturePattern.test(signature);
  const bytes = isSignature ? Buffer.from(signature, 'base64url') : nobodysSignature;
  const good = verify(null, Buffer.from(text), keyOf(publicKey ?? nobodysKey), bytes);
  return good && isSignature && publicKey !== undefined;
};
