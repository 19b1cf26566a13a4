import { type Agent, type AgentReference, agentKey, type Digest } from '@charterbus/core-models';
import { type AgentRecord, referenceOf } from '../record/agent-record.js';
import { type Entry, entryOf, isActive } from './entry.js';
import { SortedKeys } from './sorted-keys.js';
import { TenantView } from './tenant-view.js';

const referenceOfKey = (key: string): AgentReference => {
  const slash = key.indexOf('/');
  return { tenant: key.slice(0, slash), agent: key.slice(slash + 1) };
};

const noEntries: ReadonlySet<Entry> = new Set();

/** What is committed, in memory: all look-ups of a registry are answered from here. */
export class AgentView {
  readonly #tenants = new Map<string, TenantView>();
  readonly #byDigest = new Map<Digest, Entry>();
  readonly #keys = new SortedKeys();
  readonly #inactive = new Set<Entry>();
  #size = 0;
  #leased = 0;

  get size(): number {
    return this.#size;
  }

  /** How many agents have a lease, run out or not. */
  get leased(): number {
    return this.#leased;
  }

  /** By `tenant/id`. */
  get keys(): SortedKeys {
    return this.#keys;
  }

  /** Who is quarantined or has not been heard of in time. */
  get inactive(): ReadonlySet<Entry> {
    return this.#inactive;
  }

  entry(reference: AgentReference): Entry | undefined {
    return this.#tenants.get(reference.tenant)?.get(reference.agent);
  }

  entryOfKey(key: string): Entry | undefined {
    return this.entry(referenceOfKey(key));
  }

  /** In one tenant, or in each. */
  *withId(id: string, tenant: string | undefined): Iterable<Entry> {
    for (const name of tenant === undefined ? this.#tenants.keys() : [tenant]) {
      const entry = this.#tenants.get(name)?.get(id);
      if (entry !== undefined) yield entry;
    }
  }

  *entries(): Iterable<Entry> {
    for (const tenant of this.#tenants.values()) yield* tenant.entries();
  }

  /** What has the credential, if not who: that is in its record. */
  byDigest(digest: Digest): Entry | undefined {
    return this.#byDigest.get(digest);
  }

  /** A record in place of the one that the agent had, if any. Who needs no lease has none that ran out. */
  put(record: AgentRecord): Entry {
    const known = this.entry(referenceOf(record.agent));
    if (known === undefined) return this.#add(entryOf(record));
    this.#leased -= leasesOf(known);
    for (const { digest } of known.record.credentials) this.#byDigest.delete(digest);
    this.#change(known, () => {
      known.record = record;
      if (record.agent.leaseMs !== undefined) return;
      known.isExpired = false;
      known.leaseEndsAt = undefined;
    });
    this.#index(known);
    return known;
  }

  remove(entry: Entry): void {
    const { agent, credentials } = entry.record;
    const tenant = this.#tenants.get(agent.tenant);
    if (tenant?.get(agent.id) !== entry) return;
    tenant.remove(entry);
    if (tenant.size === 0) this.#tenants.delete(agent.tenant);
    for (const { digest } of credentials) this.#byDigest.delete(digest);
    this.#keys.delete(agentKey(referenceOf(agent)));
    this.#inactive.delete(entry);
    this.#size -= 1;
    this.#leased -= leasesOf(entry);
  }

  setExpired(entry: Entry, isExpired: boolean): void {
    this.#change(entry, () => {
      entry.isExpired = isExpired;
    });
  }

  members(tenant: string): readonly Agent[] {
    return this.#tenants.get(tenant)?.members() ?? [];
  }

  withCapability(tenant: string, capability: string): ReadonlySet<Entry> {
    return this.#tenants.get(tenant)?.withCapability(capability) ?? noEntries;
  }

  #add(entry: Entry): Entry {
    const { agent } = entry.record;
    const tenant = this.#tenants.get(agent.tenant) ?? new TenantView();
    this.#tenants.set(agent.tenant, tenant);
    tenant.add(entry);
    if (!isActive(entry)) this.#inactive.add(entry);
    this.#keys.add(agentKey(referenceOf(agent)));
    this.#size += 1;
    this.#index(entry);
    return entry;
  }

  #index(entry: Entry): void {
    for (const { digest } of entry.record.credentials) this.#byDigest.set(digest, entry);
    this.#leased += leasesOf(entry);
  }

  #change(entry: Entry, change: () => void): void {
    this.#tenants.get(entry.record.agent.tenant)?.change(entry, change);
    if (isActive(entry)) this.#inactive.delete(entry);
    else this.#inactive.add(entry);
  }
}

const leasesOf = ({ record }: Entry): number => (record.agent.leaseMs === undefined ? 0 : 1);
