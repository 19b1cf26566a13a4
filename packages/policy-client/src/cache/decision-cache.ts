import { LRUCache } from 'lru-cache';
import type { EngineAnswer } from '../engine/policy-engine.js';
import { type Entry, TenantEntries } from './tenant-entries.js';

export interface DecisionCacheOptions {
  /** Over all tenants; at least 1. */
  readonly entries: number;
  /** What one tenant keeps of a full cache against all others, as a share of the entries. */
  readonly tenantShare: number;
  /** Milliseconds, monotonic. */
  readonly monotonic: () => number;
}

export interface KeptCounts {
  readonly hits: number;
  readonly stale: number;
  readonly evictions: number;
  readonly entries: number;
}

export const noCounts: KeptCounts = Object.freeze({ hits: 0, stale: 0, evictions: 0, entries: 0 });

/** An answer to be kept, for whom, and how long. */
export interface Keeping {
  readonly key: string;
  readonly tenant: string;
  readonly answer: EngineAnswer;
  /** Monotonic milliseconds from which on it is stale. */
  readonly until: number;
}

/**
 * Answers by key, least recently used first out. A tenant may fill what nobody else needs; once the cache is full,
 * whoever holds more than its share loses its own oldest first, so that no tenant drives out the others. Uses never
 * lengthen a life.
 */
export class DecisionCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #tenants = new Map<string, TenantEntries>();
  /** Those that hold more than their share: fewer than 1 / share. */
  readonly #over = new Set<TenantEntries>();
  readonly #most: number;
  readonly #share: number;
  readonly #monotonic: () => number;
  #hits = 0;
  #stale = 0;
  #evictions = 0;

  constructor({ entries, tenantShare, monotonic }: DecisionCacheOptions) {
    this.#most = entries;
    this.#share = Math.max(1, Math.floor(entries * tenantShare));
    this.#monotonic = monotonic;
    this.#entries = new LRUCache({
      max: entries,
      dispose: (entry, _key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        this.#forget(entry);
      },
    });
  }

  get counts(): KeptCounts {
    return { hits: this.#hits, stale: this.#stale, evictions: this.#evictions, entries: this.#entries.size };
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  find(key: string): EngineAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.until <= this.#monotonic()) {
      this.#stale += 1;
      this.#entries.delete(key);
      return undefined;
    }
    this.#hits += 1;
    entry.tenant.use(entry);
    return entry.answer;
  }

  keep({ key, tenant, answer, until }: Keeping): void {
    if (until <= this.#monotonic()) return;
    this.#entries.delete(key);
    const own = this.#tenants.get(tenant) ?? new TenantEntries(tenant);
    if (this.#entries.size >= this.#most) this.#makeRoom(own);
    const entry: Entry = { key, answer, until, tenant: own, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    own.add(entry);
    this.#tenants.set(tenant, own);
    if (own.size > this.#share) this.#over.add(own);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Where nobody is over its share nothing: then the least recently used of all goes. */
  #makeRoom(own: TenantEntries): void {
    const [over] = this.#over;
    const victim = (own.size >= this.#share ? own : over)?.oldest;
    if (victim === undefined) return;
    this.#evictions += 1;
    this.#entries.delete(victim.key);
  }

  #forget(entry: Entry): void {
    const { tenant } = entry;
    tenant.remove(entry);
    if (tenant.size <= this.#share) this.#over.delete(tenant);
    if (tenant.size === 0) this.#tenants.delete(tenant.name);
  }
}
