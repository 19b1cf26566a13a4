import type { Agent, AgentReference, Digest } from '@charterbus/core-models';
import type { Quarantine } from '../agents.js';
import type { Credential } from '../credentials/credential.js';

/** A credential with what is kept of its token. */
export interface StoredCredential {
  readonly credential: Credential;
  /** SHA-256 of the token. */
  readonly digest: Digest;
}

/** All that is kept of an agent. Immutable: a change makes another record. */
export interface AgentRecord {
  /** The id of the change that made it. */
  readonly version: string;
  readonly agent: Agent;
  /** Oldest first. */
  readonly credentials: readonly StoredCredential[];
  readonly quarantine?: Quarantine;
}

export const referenceOf = (agent: Agent): AgentReference => ({ tenant: agent.tenant, agent: agent.id });
