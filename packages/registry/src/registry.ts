import type { Agent, AgentReference } from '@charterbus/core-models';

export interface Registration {
  readonly agent: Agent;
  /** A bearer token. Shown once: the registry keeps only its SHA-256. */
  readonly token: string;
}

export interface RegistryChange {
  readonly kind: 'registered' | 'unregistered';
  readonly agent: Agent;
}

export interface AgentFilter {
  readonly tenant?: string;
  /** In every tenant where the filter names none. */
  readonly id?: string;
  readonly capability?: string;
  readonly role?: string;
  /** The `next` of the page before. */
  readonly after?: string;
  /** Agents on a page, 1 to 1000. Default 100. */
  readonly limit?: number;
}

export interface AgentPage {
  /** Sorted by `tenant/id`. */
  readonly agents: readonly Agent[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * Who exists and who is speaking.
 *
 * Changes are durable before they resolve, and visible to every look-up from then on; look-ups are answered from memory.
 * Agents are frozen. An agent is its tenant and its id together: equal ids in two tenants have nothing in common.
 */
export interface Registry extends AsyncDisposable {
  /**
   * Registers an agent that does not exist. Of several at once, exactly one wins. The signal is obeyed until the change is
   * handed to the store; from then on its outcome is awaited, since a token must not be lost on the way.
   *
   * @throws AgentError `AGENT_INVALID`, `AGENT_ALREADY_REGISTERED`, `AGENT_LIMIT_REACHED`.
   * @throws StoreError `STORE_UNAVAILABLE` where the change could not be kept; then there is no trace of it.
   * `STORE_OUTCOME_UNKNOWN` where the store was lost on the way: the same draft, given again to the same registry, gets
   * the token where the agent was kept after all.
   * @throws OperationError `ABORTED`
   */
  register(draft: unknown, signal?: AbortSignal): Promise<Registration>;

  /**
   * Ends an agent and its token.
   *
   * @throws AgentError `AGENT_NOT_REGISTERED`
   * @throws StoreError `STORE_UNAVAILABLE`, or `STORE_OUTCOME_UNKNOWN`: given again, either answer says that it has ended.
   * @throws OperationError `ABORTED`
   */
  unregister(reference: AgentReference, signal?: AbortSignal): Promise<void>;

  /**
   * Whether look-ups can be relied on. Where several processes share the store, they may miss what was changed elsewhere
   * less than a stated time ago, never more; ask before somebody is let in by what was found.
   *
   * @throws StoreError `REGISTRY_STALE` where the store was out of reach for longer than that.
   */
  checkCurrent(): void;

  /** Synchronous: the hot path asks it for every message. Answers as last known where the registry is not current. */
  find(reference: AgentReference): Agent | undefined;

  /**
   * The agent that the token was given to. Looked up by the token's SHA-256, so that the time it takes tells nothing about
   * how much of a guess is right.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, the same for every token that is not in force.
   * @throws StoreError `REGISTRY_STALE`
   */
  authenticate(token: string): Agent;

  /** The agents of one tenant, in the order of their registration: a snapshot that later changes do not reach. */
  members(tenant: string): Iterable<Agent>;

  /** @throws OperationError `REQUEST_INVALID` for a limit out of bounds. */
  list(filter: AgentFilter): AgentPage;

  /**
   * Called after the commit, in the order of the commits, and before the change resolves for its caller; also for what
   * other processes on the same store changed.
   */
  watch(listener: (change: RegistryChange) => void): Disposable;

  /** Waits for the changes under way and ends the watches. What it has loaded can still be looked up. Idempotent. */
  close(): Promise<void>;
}
