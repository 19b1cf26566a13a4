import type { RecoveryRecord } from './recovery-record.js';
import type { KeptRecoveries, RecoveryStore } from './recovery-store.js';

class MemoryRecoveryStore implements RecoveryStore {
  readonly #active = new Map<string, RecoveryRecord>();
  #history: readonly RecoveryRecord[] = [];

  load(): Promise<KeptRecoveries> {
    return Promise.resolve({ active: Array.from(this.#active.values()), history: this.#history });
  }

  save(record: RecoveryRecord): Promise<void> {
    this.#active.set(record.component, record);
    return Promise.resolve();
  }

  finish(record: RecoveryRecord, keep: number): Promise<void> {
    this.#active.delete(record.component);
    this.#history = [...this.#history, record].slice(-keep);
    return Promise.resolve();
  }
}

/** Gone with the process. */
export const createMemoryRecoveryStore = (): RecoveryStore => new MemoryRecoveryStore();
