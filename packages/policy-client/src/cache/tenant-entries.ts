import type { EngineAnswer } from '../engine/policy-engine.js';

/** An answer that is kept, with its neighbours in the order in which its tenant's were last used. */
export interface Entry {
  readonly key: string;
  readonly answer: EngineAnswer;
  /** Monotonic milliseconds from which on it is stale. */
  readonly until: number;
  readonly tenant: TenantEntries;
  older: Entry | undefined;
  newer: Entry | undefined;
}

/** The entries of one tenant, oldest use first. Linked, since a use then costs some stores and no search. */
export class TenantEntries {
  readonly name: string;
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #size = 0;

  constructor(name: string) {
    this.name = name;
  }

  get oldest(): Entry | undefined {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: Entry): void {
    this.#append(entry);
    this.#size += 1;
  }

  use(entry: Entry): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  remove(entry: Entry): void {
    this.#unlink(entry);
    this.#size -= 1;
  }

  #append(entry: Entry): void {
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
  }
}
