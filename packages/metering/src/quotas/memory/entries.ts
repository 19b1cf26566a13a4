import type { Limit } from '../limit.js';
import { type Entry, isIdle, newEntry } from './entry.js';
import type { Instant } from './instant.js';

export interface EntryBounds {
  /** Subjects of all limits together. */
  readonly subjects: number;
  /** Of these, those of one tenant. */
  readonly subjectsPerTenant: number;
}

interface Whose {
  readonly tenant: string;
  readonly subject: string;
}

interface Table {
  readonly key: string;
  readonly entries: Map<string, Entry>;
  /** When the limit was first counted, wall-clock milliseconds. */
  readonly since: number;
}

/** Entries that are looked at to find an idle one, for each that is to be added. */
const looks = 64;

/**
 * The entries of all limits, of which there is a bounded number. To make room only those are forgotten of which nothing is
 * used, so that no flood of subjects sets back what another has used; where none is found, there is no room.
 */
export class Entries {
  readonly #bounds: EntryBounds;
  readonly #tables = new Map<string, Table>();
  readonly #perTenant = new Map<string, number>();
  /** The hand of a clock that goes round over all entries, so that each look goes on where the one before ended. */
  #hand: Iterator<readonly [Table, Entry], undefined> | undefined;
  #size = 0;

  constructor(bounds: EntryBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  find(limit: Limit, subject: string): Entry | undefined {
    return this.#tables.get(limit.key)?.entries.get(subject);
  }

  /** When the limit was first counted, wall-clock milliseconds. */
  since(limit: Limit): number {
    return this.#tables.get(limit.key)?.since ?? Number.POSITIVE_INFINITY;
  }

  /**
   * @param kept entries that are not to be forgotten for it.
   * @returns `undefined` where there is no room.
   */
  add(limit: Limit, { subject, tenant }: Whose, at: Instant, kept: readonly (Entry | undefined)[]): Entry | undefined {
    if (!this.#hasRoom(tenant) && !this.#makeRoom(tenant, at, kept)) return undefined;
    const entry = newEntry(limit, tenant, subject);
    this.#table(limit, at.wall).entries.set(subject, entry);
    this.#perTenant.set(tenant, (this.#perTenant.get(tenant) ?? 0) + 1);
    this.#size += 1;
    return entry;
  }

  *of(limit: Limit): Generator<Entry, undefined> {
    const table = this.#tables.get(limit.key);
    if (table !== undefined) yield* table.entries.values();
  }

  #table(limit: Limit, now: number): Table {
    const known = this.#tables.get(limit.key);
    if (known !== undefined) return known;
    const table: Table = { key: limit.key, entries: new Map(), since: now };
    this.#tables.set(limit.key, table);
    return table;
  }

  #hasRoom(tenant: string): boolean {
    const { subjects, subjectsPerTenant } = this.#bounds;
    return this.#size < subjects && (this.#perTenant.get(tenant) ?? 0) < subjectsPerTenant;
  }

  #makeRoom(tenant: string, at: Instant, kept: readonly (Entry | undefined)[]): boolean {
    for (let look = 0; look < looks; look += 1) {
      const next = this.#next();
      if (next === undefined) break;
      const [table, entry] = next;
      if (kept.includes(entry) || !isIdle(entry, at)) continue;
      this.#remove(table, entry);
      if (this.#hasRoom(tenant)) return true;
    }
    return false;
  }

  #next(): readonly [Table, Entry] | undefined {
    const step = this.#hand?.next();
    if (step?.done === false) return step.value;
    this.#hand = this.#round();
    const first = this.#hand.next();
    return first.done === true ? undefined : first.value;
  }

  /** Once round. What is added or removed meanwhile does not disturb it. */
  *#round(): Generator<readonly [Table, Entry], undefined> {
    for (const table of this.#tables.values()) {
      for (const entry of table.entries.values()) yield [table, entry] as const;
    }
  }

  #remove(table: Table, { subject, tenant }: Entry): void {
    table.entries.delete(subject);
    if (table.entries.size === 0) this.#tables.delete(table.key);
    this.#size -= 1;
    const left = (this.#perTenant.get(tenant) ?? 1) - 1;
    if (left > 0) this.#perTenant.set(tenant, left);
    else this.#perTenant.delete(tenant);
  }
}
