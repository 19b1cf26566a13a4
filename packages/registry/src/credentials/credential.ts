import type { Agent } from '@charterbus/core-models';

/** What an agent shows that it is itself. Holds neither a secret nor what could be compared with one. */
export interface Credential {
  /** Names it among those of its agent; not a secret. */
  readonly id: string;
  /** A bearer token; one that a signed challenge got; or a JSON Web Token, of which nothing is kept. */
  readonly kind: 'token' | 'session' | 'jwt';
  /** What it is good for, sorted: labels, whose meaning is that of whoever asks. Absent: everything. Empty: nothing. */
  readonly scopes?: readonly string[];
  /** Milliseconds since the epoch, as `expiresAt`. */
  readonly issuedAt: number;
  /** From then on it is refused. Absent: it is good until it is revoked. */
  readonly expiresAt?: number;
  /** For whoever lists them. */
  readonly label?: string;
}

export interface IssuedCredential {
  readonly credential: Credential;
  /** A bearer token. Shown once: the registry keeps only its SHA-256. */
  readonly token: string;
}

export interface Registration extends IssuedCredential {
  readonly agent: Agent;
}

export interface Session extends IssuedCredential {
  readonly agent: Agent;
  /** Milliseconds since the epoch; the same as the credential's. */
  readonly expiresAt: number;
}

/** Who is speaking, and by what. */
export interface Authenticated {
  readonly agent: Agent;
  readonly credential: Credential;
}

export interface TokenRequest {
  /** At most 32 labels. */
  readonly scopes?: readonly string[];
  /** Milliseconds since the epoch, and to come. */
  readonly expiresAt?: number;
  /** 1 to 64 letters, digits or `. _ : @ -`. */
  readonly label?: string;
}

export interface Rotation {
  /** How long the old one stays good, in milliseconds, at the most 30 days. Default 0: it ends at once. */
  readonly overlapMs?: number;
}

/** What an agent with a key is to sign. Says the same of agents that do not exist, or have no key. */
export interface Challenge {
  /** Opaque. Good for one proof. */
  readonly challenge: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Part of what is signed: a proof for one bus is none for another. */
  readonly audience: string;
}

/** That somebody has the private key of an agent. */
export interface KeyProof {
  readonly challenge: string;
  /** Ed25519 (RFC 8032) over the challenge's text, 64 bytes in base64url: see `signChallenge`. */
  readonly signature: string;
}

export interface SessionRequest extends KeyProof {
  /** What the session is to be good for. Absent: everything. */
  readonly scopes?: readonly string[];
}
