import { type Agent, AgentError, type AgentReference, agentKey, StoreError, sha256 } from '@charterbus/core-models';
import { parseDraft } from '../draft.js';
import type { RegistryOptions } from '../options.js';
import type { AgentFilter, AgentPage, Registration, Registry, RegistryChange } from '../registry.js';
import { makeToken } from '../token.js';
import type { AgentRecord, AgentView } from './agent-view.js';
import type { Journal } from './journal.js';
import { listAgents, whoHas } from './look-ups.js';
import { Turns, throwIfAborted } from './turns.js';
import { Watchers } from './watchers.js';

/** A registry over a view that answers and a journal that keeps; what differs between registries is the journal. */
export class ViewedRegistry implements Registry {
  readonly #view: AgentView;
  readonly #journal: Journal;
  readonly #options: Required<RegistryOptions>;
  readonly #turns = new Turns();
  readonly #watchers: Watchers;
  /** Registrations that the journal is keeping: they count towards the limit. */
  #arriving = 0;
  #closed = false;

  constructor(view: AgentView, journal: Journal, options: Required<RegistryOptions>) {
    this.#view = view;
    this.#journal = journal;
    this.#options = options;
    this.#watchers = new Watchers(options.onWatcherError);
  }

  async register(draft: unknown, signal?: AbortSignal): Promise<Registration> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    const stated = parseDraft(draft);
    const reference = { tenant: stated.tenant, agent: stated.id };
    return this.#turns.run(agentKey(reference), () => this.#register(stated, reference), signal);
  }

  async unregister(reference: AgentReference, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.#throwIfClosed();
    // Copied: the caller's object may change while this waits.
    const { tenant, agent } = reference;
    await this.#turns.run(agentKey({ tenant, agent }), () => this.#unregister({ tenant, agent }), signal);
  }

  /** One process has the store: nothing is changed elsewhere. */
  checkCurrent(): void {}

  find(reference: AgentReference): Agent | undefined {
    return this.#view.record(reference)?.agent;
  }

  authenticate(token: string): Agent {
    return whoHas(token, this.#view);
  }

  members(tenant: string): Iterable<Agent> {
    return this.#view.members(tenant);
  }

  list(filter: AgentFilter): AgentPage {
    return listAgents(filter, this.#view);
  }

  watch(listener: (change: RegistryChange) => void): Disposable {
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.settled();
    this.#watchers.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #register(stated: ReturnType<typeof parseDraft>, reference: AgentReference): Promise<Registration> {
    this.#throwIfClosed();
    if (this.find(reference) !== undefined) {
      throw new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${agentKey(reference)} is registered already.`);
    }
    if (this.#view.size + this.#arriving >= this.#options.agents) {
      throw new AgentError('AGENT_LIMIT_REACHED', `No more than ${this.#options.agents} agents can be registered.`);
    }
    const { clock, ids, random } = this.#options;
    const registeredAt = new Date(clock.now()).toISOString();
    const agent: Agent = Object.freeze({ ...stated, registeredAt, revision: ids.next() });
    const token = makeToken(random);
    const record: AgentRecord = { agent, tokenDigest: sha256(token) };
    this.#arriving += 1;
    try {
      await this.#journal.add(record);
      this.#view.add(record);
    } finally {
      this.#arriving -= 1;
    }
    this.#watchers.tell({ kind: 'registered', agent });
    return { agent, token };
  }

  async #unregister(reference: AgentReference): Promise<void> {
    this.#throwIfClosed();
    const record = this.#view.record(reference);
    if (record === undefined) {
      throw new AgentError('AGENT_NOT_REGISTERED', `There is no agent ${agentKey(reference)}.`);
    }
    await this.#journal.remove(record);
    this.#view.remove(record);
    this.#watchers.tell({ kind: 'unregistered', agent: record.agent });
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new StoreError('STORE_UNAVAILABLE', 'The registry is closed.');
  }
}
