import { type Agent, AgentError, type AgentReference, agentKey, StoreError, sha256 } from '@charterbus/core-models';
import { parseDraft } from '../draft.js';
import type { AgentFilter, AgentPage, Registration, Registry, RegistryChange } from '../registry.js';
import { makeToken } from '../token.js';
import { listAgents, whoHas } from '../view/look-ups.js';
import { Turns, throwIfAborted } from '../view/turns.js';
import { Watchers } from '../view/watchers.js';
import { type Attempt, Changes } from './changes.js';
import { Follower } from './follower.js';
import { type RedisRegistryOptions, type RedisRegistrySettings, redisSettings } from './options.js';

/** Registrations of unknown outcome that are remembered, so that asking again gets their token. */
const mostUnsettled = 1000;

interface Unsettled extends Attempt {
  readonly stated: string;
}

/** Changes are Redis' to decide; look-ups are answered from a view that follows them. */
class RedisRegistry implements Registry {
  readonly #settings: RedisRegistrySettings;
  readonly #watchers: Watchers;
  readonly #follower: Follower;
  readonly #changes: Changes;
  readonly #turns = new Turns();
  readonly #unsettled = new Map<string, Unsettled>();
  #closed: Promise<void> | undefined;

  constructor(settings: RedisRegistrySettings) {
    this.#settings = settings;
    this.#watchers = new Watchers(settings.onWatcherError);
    this.#follower = new Follower(settings, (change) => this.#watchers.tell(change));
    this.#changes = new Changes(settings);
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  async register(draft: unknown, signal?: AbortSignal): Promise<Registration> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    const stated = parseDraft(draft);
    const key = agentKey({ tenant: stated.tenant, agent: stated.id });
    return this.#turns.run(key, () => this.#register(stated, key), signal);
  }

  async unregister(reference: AgentReference, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    // Copied: the caller's object may change while this waits.
    const { tenant, agent } = reference;
    await this.#turns.run(agentKey({ tenant, agent }), () => this.#unregister({ tenant, agent }), signal);
  }

  checkCurrent(): void {
    if (this.#follower.current) return;
    const retryAfterMs = this.#settings.staleMs;
    throw new StoreError('REGISTRY_STALE', 'Redis is out of reach: who is registered is not known.', { retryAfterMs });
  }

  find(reference: AgentReference): Agent | undefined {
    return this.#follower.view.record(reference)?.agent;
  }

  authenticate(token: string): Agent {
    this.checkCurrent();
    return whoHas(token, this.#follower.view);
  }

  members(tenant: string): Iterable<Agent> {
    return this.#follower.view.members(tenant);
  }

  list(filter: AgentFilter): AgentPage {
    return listAgents(filter, this.#follower.view);
  }

  watch(listener: (change: RegistryChange) => void): Disposable {
    return this.#watchers.add(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#turns.settled();
    await Promise.all([this.#follower.close(), this.#changes.close()]);
    this.#watchers.clear();
  }

  async #register(stated: ReturnType<typeof parseDraft>, key: string): Promise<Registration> {
    this.#throwIfClosed();
    const earlier = await this.#settleEarlier(key, JSON.stringify(stated));
    if (earlier !== undefined) return earlier;
    const { clock, ids, random } = this.#settings;
    const registeredAt = new Date(clock.now()).toISOString();
    const agent: Agent = Object.freeze({ ...stated, registeredAt, revision: ids.next() });
    const token = makeToken(random);
    const attempt = { key, token, record: { agent, tokenDigest: sha256(token) } };
    const revision = await this.#remembering({ ...attempt, stated: JSON.stringify(stated) }, () =>
      this.#changes.register(attempt),
    );
    return this.#registered(attempt, revision);
  }

  /** What became of a registration whose outcome was not known when its caller was answered. */
  async #settleEarlier(key: string, stated: string): Promise<Registration | undefined> {
    const earlier = this.#unsettled.get(key);
    if (earlier === undefined) return undefined;
    const revision = await this.#remembering(earlier, () => this.#changes.settle(earlier));
    if (revision === undefined) return undefined;
    // Only who asks for the same gets it; for anybody else the agent is there, and its token is nobody's.
    if (earlier.stated !== stated) throw alreadyRegistered(key);
    return this.#registered(earlier, revision);
  }

  async #remembering<Result>(attempt: Unsettled, change: () => Promise<Result>): Promise<Result> {
    this.#unsettled.delete(attempt.key);
    try {
      return await change();
    } catch (error) {
      if (StoreError.isInstance(error) && error.code === 'STORE_OUTCOME_UNKNOWN') {
        const [oldest] = this.#unsettled.keys();
        if (this.#unsettled.size >= mostUnsettled && oldest !== undefined) this.#unsettled.delete(oldest);
        this.#unsettled.set(attempt.key, attempt);
      }
      throw error;
    }
  }

  async #registered({ record, token }: Attempt, revision: number): Promise<Registration> {
    const { agent } = record;
    await this.#follower.reached(revision);
    const seen = this.find({ tenant: agent.tenant, agent: agent.id });
    return { agent: seen?.revision === agent.revision ? seen : agent, token };
  }

  async #unregister(reference: AgentReference): Promise<void> {
    this.#throwIfClosed();
    const revision = await this.#changes.unregister(agentKey(reference), this.find(reference)?.revision ?? '');
    await this.#follower.reached(revision);
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new StoreError('STORE_UNAVAILABLE', 'The registry is closed.');
  }
}

const alreadyRegistered = (key: string): AgentError =>
  new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${key} is registered already.`);

/**
 * A registry that several processes share. Redis decides about changes; each process answers look-ups from a view that
 * follows them.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds, or where ioredis is not installed.
 * @throws StoreError `STORE_UNAVAILABLE` where Redis cannot be reached, `STORE_CORRUPT` where an agent cannot be read.
 */
export const openRedisRegistry = async (options: RedisRegistryOptions): Promise<Registry> => {
  const registry = new RedisRegistry(redisSettings(options));
  await registry.start();
  return registry;
};
