import type { Agent } from '@charterbus/core-models';
import { type Entry, isActive } from './entry.js';

const noEntries: ReadonlySet<Entry> = new Set();

/** The agents of one tenant: all by their ids, the active ones by their capabilities. */
export class TenantView {
  readonly #agents = new Map<string, Entry>();
  readonly #capable = new Map<string, Set<Entry>>();
  /** The active members as a list, until one comes, goes or changes. */
  #members: readonly Agent[] | undefined;

  get size(): number {
    return this.#agents.size;
  }

  get(id: string): Entry | undefined {
    return this.#agents.get(id);
  }

  entries(): Iterable<Entry> {
    return this.#agents.values();
  }

  add(entry: Entry): void {
    this.#agents.set(entry.record.agent.id, entry);
    if (isActive(entry)) this.#admit(entry.record.agent.capabilities, entry);
    this.#members = undefined;
  }

  remove(entry: Entry): void {
    this.#agents.delete(entry.record.agent.id);
    this.#dismiss(entry.record.agent.capabilities, entry);
    this.#members = undefined;
  }

  /** Changes what is known of an entry, with the look-ups that hang on it. */
  change(entry: Entry, change: () => void): void {
    const before = isActive(entry) ? entry.record.agent : undefined;
    change();
    const after = isActive(entry) ? entry.record.agent : undefined;
    // Credentials come and go far more often than agents change.
    if (before === after) return;
    this.#members = undefined;
    const capabilities = after?.capabilities ?? [];
    this.#dismiss(
      (before?.capabilities ?? []).filter((one) => !capabilities.includes(one)),
      entry,
    );
    this.#admit(capabilities, entry);
  }

  members(): readonly Agent[] {
    this.#members ??= Object.freeze([...this.#agents.values()].filter(isActive).map(({ record }) => record.agent));
    return this.#members;
  }

  withCapability(capability: string): ReadonlySet<Entry> {
    return this.#capable.get(capability) ?? noEntries;
  }

  #admit(capabilities: readonly string[], entry: Entry): void {
    for (const capability of capabilities) {
      const capable = this.#capable.get(capability) ?? new Set();
      this.#capable.set(capability, capable.add(entry));
    }
  }

  #dismiss(capabilities: readonly string[], entry: Entry): void {
    for (const capability of capabilities) {
      const capable = this.#capable.get(capability);
      if (capable?.delete(entry) === true && capable.size === 0) this.#capable.delete(capability);
    }
  }
}
