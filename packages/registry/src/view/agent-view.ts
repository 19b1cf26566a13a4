import { type Agent, type AgentReference, agentKey, type Digest } from '@charterbus/core-models';
import type { AgentFilter, AgentPage } from '../registry.js';
import { SortedKeys } from './sorted-keys.js';

/** An agent with what is kept of its token. */
export interface AgentRecord {
  readonly agent: Agent;
  readonly tokenDigest: Digest;
}

interface Tenant {
  readonly agents: Map<string, AgentRecord>;
  /** The members as a list, until the tenant changes. */
  snapshot: readonly Agent[] | undefined;
}

/** What is committed, in memory: all look-ups of a registry are answered from here. */
export class AgentView {
  readonly #tenants = new Map<string, Tenant>();
  readonly #byToken = new Map<Digest, Agent>();
  readonly #keys = new SortedKeys();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(record: AgentRecord): void {
    const { agent, tokenDigest } = record;
    const tenant = this.#tenants.get(agent.tenant) ?? { agents: new Map(), snapshot: undefined };
    this.#tenants.set(agent.tenant, tenant);
    tenant.agents.set(agent.id, record);
    tenant.snapshot = undefined;
    this.#byToken.set(tokenDigest, agent);
    this.#keys.add(keyOf(agent));
    this.#size += 1;
  }

  remove({ agent, tokenDigest }: AgentRecord): void {
    const tenant = this.#tenants.get(agent.tenant);
    if (tenant?.agents.delete(agent.id) !== true) return;
    tenant.snapshot = undefined;
    if (tenant.agents.size === 0) this.#tenants.delete(agent.tenant);
    this.#byToken.delete(tokenDigest);
    this.#keys.delete(keyOf(agent));
    this.#size -= 1;
  }

  record(reference: AgentReference): AgentRecord | undefined {
    return this.#tenants.get(reference.tenant)?.agents.get(reference.agent);
  }

  /** By `tenant/id`. */
  recordOfKey(key: string): AgentRecord | undefined {
    const slash = key.indexOf('/');
    return this.record({ tenant: key.slice(0, slash), agent: key.slice(slash + 1) });
  }

  *records(): Iterable<AgentRecord> {
    for (const { agents } of this.#tenants.values()) yield* agents.values();
  }

  byToken(tokenDigest: Digest): Agent | undefined {
    return this.#byToken.get(tokenDigest);
  }

  members(tenant: string): readonly Agent[] {
    const found = this.#tenants.get(tenant);
    if (found === undefined) return [];
    found.snapshot ??= Object.freeze([...found.agents.values()].map(({ agent }) => agent));
    return found.snapshot;
  }

  /** Walks the sorted keys from the cursor; a tenant's keys lie together, since they share a prefix. */
  page(filter: AgentFilter, limit: number): AgentPage {
    const prefix = filter.tenant === undefined ? '' : `${filter.tenant}/`;
    const { after } = filter;
    const agents: Agent[] = [];
    let last = '';
    let place = this.#keys.from(after === undefined || after < prefix ? prefix : after);
    for (let key = this.#keys.at(place); key?.startsWith(prefix) === true; key = this.#keys.at(++place)) {
      if (key === after) continue;
      const agent = this.recordOfKey(key)?.agent;
      if (agent === undefined || !matches(agent, filter)) continue;
      if (agents.length === limit) return { agents, next: last };
      agents.push(agent);
      last = key;
    }
    return { agents };
  }
}

const keyOf = (agent: Agent): string => agentKey({ tenant: agent.tenant, agent: agent.id });

const matches = (agent: Agent, { id, role, capability }: AgentFilter): boolean =>
  (id === undefined || agent.id === id) &&
  (role === undefined || agent.role === role) &&
  (capability === undefined || agent.capabilities.includes(capability));
