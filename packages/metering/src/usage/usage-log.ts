import { ConfigurationError } from '@charterbus/core-models';
import type { UsageRecord } from './usage-record.js';
import type { UsageBatch, UsageSource } from './usage-source.js';

export interface UsageLogOptions {
  /** Of a process that begins anew with nothing it must be another one each time. */
  readonly name: string;
  /** The latest records that are kept for readers who are behind. Default 100,000. */
  readonly kept?: number;
}

const defaultKept = 100_000;

/** A source in memory: for logs that are no more than a window, and for tests. */
export class UsageLog implements UsageSource {
  readonly name: string;
  readonly #kept: number;
  /** A ring: the record of index i is at i modulo its length. */
  readonly #ring: UsageRecord[] = [];
  readonly #listeners = new Set<{ readonly call: () => void }>();
  #next = 0;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor({ name, kept = defaultKept }: UsageLogOptions) {
    if (!Number.isInteger(kept) || kept < 1) {
      throw new ConfigurationError('CONFIGURATION_INVALID', 'kept must be a whole number above 0.');
    }
    this.name = name;
    this.#kept = kept;
  }

  /** Appends one record under the next index, and tells whoever watches. */
  append(record: Omit<UsageRecord, 'index'>): void {
    this.#ring[this.#next % this.#kept] = { ...record, index: this.#next };
    this.#next += 1;
    for (const { call } of this.#listeners) call();
  }

  read(from: number, limit: number): UsageBatch {
    const first = Math.max(from, this.#next - this.#kept, 0);
    const end = Math.min(first + Math.max(1, limit), this.#next);
    const records: UsageRecord[] = [];
    for (let index = first; index < end; index += 1) {
      const record = this.#ring[index % this.#kept];
      if (record !== undefined) records.push(record);
    }
    return { records, cursor: Math.max(end, from), more: end < this.#next, lost: first - from };
  }

  watch(listener: () => void): Disposable {
    const watcher = { call: listener };
    this.#listeners.add(watcher);
    return { [Symbol.dispose]: () => void this.#listeners.delete(watcher) };
  }
}
