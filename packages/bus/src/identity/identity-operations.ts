import { type Agent, AgentError, type AgentReference, OperationError, rfc3339 } from '@charterbus/core-models';
import type {
  AgentPatch,
  AgentState,
  Challenge,
  Credential,
  IssuedCredential,
  KeyProof,
  Registration,
  Rotation,
  Session,
  SessionRequest,
  TokenRequest,
} from '@charterbus/registry';
import type { BusContext } from '../context.js';
import { readStatedReason } from '../way/settle.js';
import { type Scope, scopes } from '../way/speaker.js';

const known: ReadonlySet<string> = new Set(scopes);

/** A scope that means nothing would be a credential that does less than its owner thinks, or later more. */
const checkScopes = (stated: unknown): void => {
  if (stated === undefined) return;
  if (Array.isArray(stated) && stated.every((one) => known.has(one as Scope))) return;
  throw new OperationError('REQUEST_INVALID', `Scopes are a list of ${scopes.join(', ')}.`);
};

const leafOf = (event: 'quarantined' | 'reinstated', { tenant, agent }: AgentReference, reason: string, at: number) =>
  JSON.stringify({ at: rfc3339(at), event, kind: 'agent', name: agent, reason, tenant, v: 1 });

/** Who agents are, and by what they show it: the registry, with what the bus knows of scopes and of the audit log. */
export class IdentityOperations {
  readonly #context: BusContext;

  constructor(context: BusContext) {
    this.#context = context;
  }

  /** @throws AgentError `AGENT_NOT_REGISTERED` or `AGENT_INVALID`; StoreError. */
  update(reference: AgentReference, patch: AgentPatch): Promise<Agent> {
    return this.#context.registry.update(reference, patch);
  }

  /** @throws AgentError `AGENT_NOT_REGISTERED`. */
  state(reference: AgentReference): AgentState {
    const state = this.#context.registry.state(reference);
    if (state === undefined) throw new AgentError('AGENT_NOT_REGISTERED', 'There is no such agent.');
    return state;
  }

  /**
   * Keeps the agent from speaking and from being given anything, until it is reinstated: what it has in hand is taken back.
   * What it has sent is given all the same; to stop that too, use the kill switch. Audited.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`; OperationError `REQUEST_INVALID`; StoreError, where it is not in force, or
   * in force and not in the audit log yet: ask again.
   */
  async quarantine(reference: AgentReference, reason: string): Promise<AgentState> {
    const words = readStatedReason(reason);
    await this.#context.registry.quarantine(reference, words);
    await this.#note('quarantined', reference, words);
    return this.state(reference);
  }

  /** Audited. Throws as `quarantine` does. */
  async reinstate(reference: AgentReference, reason: string): Promise<AgentState> {
    const words = readStatedReason(reason);
    await this.#context.registry.reinstate(reference, words);
    await this.#note('reinstated', reference, words);
    return this.state(reference);
  }

  /** Without their secrets. @throws AgentError `AGENT_NOT_REGISTERED`. */
  credentials(reference: AgentReference): readonly Credential[] {
    this.state(reference);
    return this.#context.registry.credentials(reference);
  }

  /** One more token. @throws AgentError `AGENT_NOT_REGISTERED` or `CREDENTIAL_LIMIT_REACHED`; OperationError `REQUEST_INVALID`. */
  async issueToken(reference: AgentReference, request: TokenRequest = {}): Promise<IssuedCredential> {
    checkScopes(request.scopes);
    return this.#context.registry.issueToken(reference, request);
  }

  /** @throws AgentError as `issueToken`, and `CREDENTIAL_NOT_FOUND`. */
  rotateToken(reference: AgentReference, credentialId: string, rotation: Rotation = {}): Promise<IssuedCredential> {
    return this.#context.registry.rotateToken(reference, credentialId, rotation);
  }

  /** At once, everywhere. @throws AgentError `AGENT_NOT_REGISTERED` or `CREDENTIAL_NOT_FOUND`. */
  revokeCredential(reference: AgentReference, credentialId: string): Promise<void> {
    return this.#context.registry.revokeCredential(reference, credentialId);
  }

  /** What an agent with a key is to sign. The same for agents that do not exist, or have no key. */
  challenge(reference: AgentReference): Promise<Challenge> {
    return this.#context.registry.challenge(reference);
  }

  /** A token for a while, for whoever has the agent's key. @throws AgentError `CREDENTIAL_REFUSED` or `AGENT_QUARANTINED`. */
  async openSession(request: SessionRequest): Promise<Session> {
    checkScopes(request.scopes);
    return this.#context.registry.openSession(request);
  }

  /** States anew what an agent is, on its own word: all its credentials end, and it gets one token. @throws AgentError `CREDENTIAL_REFUSED`. */
  reregister(draft: unknown, proof: KeyProof): Promise<Registration> {
    return this.#context.registry.reregister(draft, proof);
  }

  async #note(event: 'quarantined' | 'reinstated', reference: AgentReference, reason: string): Promise<void> {
    const { clock, topics } = this.#context;
    const { tenant, agent } = reference;
    await topics.note(`agent ${tenant}/${agent}`, leafOf(event, reference, reason, clock.now()));
  }
}
