import type { Agent, AgentReference } from '@charterbus/core-models';
import type { AgentFilter, AgentPage, AgentState, RegistryChange } from './agents.js';
import type {
  Authenticated,
  Challenge,
  Credential,
  IssuedCredential,
  KeyProof,
  Registration,
  Rotation,
  Session,
  SessionRequest,
  TokenRequest,
} from './credentials/credential.js';
import type { ChangeStream, ChangeStreamOptions } from './view/change-stream.js';

/**
 * Who exists and who is speaking.
 *
 * Changes are durable before they resolve, and visible to every look-up from then on; look-ups are answered from memory.
 * Agents are frozen. An agent is its tenant and its id together: equal ids in two tenants have nothing in common.
 *
 * Every change takes a signal, which is obeyed until the change is handed to the store; from then on its outcome is
 * awaited. Every change throws, beyond what stands at it: StoreError `STORE_UNAVAILABLE` where it could not be kept, and
 * then there is no trace of it; `STORE_OUTCOME_UNKNOWN` where the store was lost on the way, which is asked again about
 * by making the change again; OperationError `ABORTED`.
 */
export interface Registry extends AsyncDisposable {
  /**
   * Registers an agent that does not exist. Of several at once, exactly one wins. After `STORE_OUTCOME_UNKNOWN`, the same
   * draft, given again to the same registry, gets the token where the agent was kept after all.
   *
   * @throws AgentError `AGENT_INVALID`, `AGENT_ALREADY_REGISTERED`, `AGENT_LIMIT_REACHED`.
   */
  register(draft: unknown, signal?: AbortSignal): Promise<Registration>;

  /**
   * States anew what an agent is, on the word of the agent itself, by the key that is registered of it (`signChallenge`).
   * It is the same registration under a new revision; all its credentials end, and it gets one token. A quarantine stays.
   *
   * @throws AgentError `AGENT_INVALID`; `CREDENTIAL_REFUSED` alike for agents that do not exist, have no key, or did not sign.
   * @throws OperationError `TOO_MANY_REQUESTS` where the agent has used up its challenges of the time.
   */
  reregister(draft: unknown, proof: KeyProof, signal?: AbortSignal): Promise<Registration>;

  /**
   * A new revision of the agent, or the agent as it is where the patch changes nothing.
   *
   * @param patch an `AgentPatch`.
   * @throws AgentError `AGENT_NOT_REGISTERED`, `AGENT_INVALID`.
   */
  update(reference: AgentReference, patch: unknown, signal?: AbortSignal): Promise<Agent>;

  /**
   * Ends an agent and its credentials.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`; after `STORE_OUTCOME_UNKNOWN` either answer says that it has ended.
   */
  unregister(reference: AgentReference, signal?: AbortSignal): Promise<void>;

  /**
   * Keeps the agent from speaking and from being routed to until it is reinstated; it lasts through restarts and
   * re-registration. Given again, the newest reason counts.
   *
   * @param reason for people, 1 to 1000 characters.
   * @throws AgentError `AGENT_NOT_REGISTERED`; OperationError `REQUEST_INVALID`.
   */
  quarantine(reference: AgentReference, reason: string, signal?: AbortSignal): Promise<void>;

  /**
   * Ends a quarantine; where there is none, nothing changes. The reason is the caller's to record.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`; OperationError `REQUEST_INVALID`.
   */
  reinstate(reference: AgentReference, reason: string, signal?: AbortSignal): Promise<void>;

  /**
   * Says that the agent is there: renews its lease, also one that has run out. Not a change that every store writes.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`
   */
  heartbeat(reference: AgentReference, signal?: AbortSignal): Promise<AgentState>;

  /**
   * One more token, beside those that the agent has.
   *
   * @param request a `TokenRequest`.
   * @throws AgentError `AGENT_NOT_REGISTERED`; `CREDENTIAL_LIMIT_REACHED` where 16 are in force.
   * @throws OperationError `REQUEST_INVALID`
   */
  issueToken(reference: AgentReference, request?: TokenRequest, signal?: AbortSignal): Promise<IssuedCredential>;

  /**
   * A token in place of another: the same scopes and label, and a life as long. Of the overlap they share the limit.
   *
   * @throws AgentError as `issueToken`, and `CREDENTIAL_NOT_FOUND` for what is not a token in force.
   */
  rotateToken(
    reference: AgentReference,
    credentialId: string,
    rotation?: Rotation,
    signal?: AbortSignal,
  ): Promise<IssuedCredential>;

  /**
   * Ends a token or a session.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`, `CREDENTIAL_NOT_FOUND`.
   */
  revokeCredential(reference: AgentReference, credentialId: string, signal?: AbortSignal): Promise<void>;

  /** Tokens and sessions in force, oldest first; none of an agent that does not exist. */
  credentials(reference: AgentReference): readonly Credential[];

  /**
   * What an agent is to sign with its key (`signChallenge`). Nothing is kept of a challenge until a proof by it is good, so
   * that no stranger can use up anything.
   */
  challenge(reference: AgentReference, signal?: AbortSignal): Promise<Challenge>;

  /**
   * A token for a while, for whoever has the agent's key. Each challenge is good once, in all processes. An agent has eight
   * sessions at the most: the oldest goes.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, the same for every proof that is not good, and in about the same time;
   * `AGENT_QUARANTINED` where it is.
   * @throws OperationError `TOO_MANY_REQUESTS` where the agent has used up its challenges of the time; `REQUEST_INVALID` for
   * scopes that are none.
   */
  openSession(request: SessionRequest, signal?: AbortSignal): Promise<Session>;

  /**
   * Whether look-ups can be relied on. Where several processes share the store, they may miss what was changed elsewhere
   * less than a stated time ago, never more; ask before somebody is let in by what was found.
   *
   * @throws StoreError `REGISTRY_STALE` where the store was out of reach for longer than that.
   */
  checkCurrent(): void;

  /**
   * Whoever is registered, in whatever state. Synchronous, as all look-ups: the hot path asks it for every message. Answers
   * as last known where the registry is not current.
   */
  find(reference: AgentReference): Agent | undefined;

  state(reference: AgentReference): AgentState | undefined;

  /** The agent where it is active: whom a message may be given to. */
  route(reference: AgentReference): Agent | undefined;

  /**
   * The agent that the token was given to. Looked up by the token's SHA-256, so that the time it takes tells nothing about
   * how much of a guess is right.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, the same for every token that is not in force; `AGENT_QUARANTINED` for one that is.
   * @throws StoreError `REGISTRY_STALE`
   */
  authenticate(token: string): Authenticated;

  /**
   * Whether what was authenticated before still holds: the agent is registered, and was not registered anew meanwhile; it
   * is not quarantined; the credential was neither revoked nor has it expired. Leases do not matter. Cheap, and answered
   * as last known where the registry is not current.
   */
  isInForce(authenticated: Authenticated): boolean;

  /** The active agents of one tenant, in the order of their registration: a snapshot that later changes do not reach. */
  members(tenant: string): Iterable<Agent>;

  /**
   * The active agents of one tenant that have the capability, those first that have been so the longest. Read as it is
   * asked for, one after the other: later changes show. Beginning costs the same, however many there are.
   */
  withCapability(tenant: string, capability: string): Iterable<Agent>;

  /** @throws OperationError `REQUEST_INVALID` for a limit out of bounds. */
  list(filter: AgentFilter): AgentPage;

  /**
   * Called after the commit, in the order of the commits, and before the change resolves for its caller; also for what
   * other processes on the same store changed.
   */
  watch(listener: (change: RegistryChange) => void): Disposable;

  /**
   * The changes from now on, to iterate over, until it is disposed of or the registry closes. A reader who is too slow loses
   * none unnoticed: where more wait than the capacity, the iteration ends with `REGISTRY_STALE`; list the agents then.
   */
  changes(options?: ChangeStreamOptions, signal?: AbortSignal): ChangeStream;

  /** Waits for the changes under way and ends the watches. What it has loaded can still be looked up. Idempotent. */
  close(): Promise<void>;
}
