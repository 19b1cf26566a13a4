import type { RecoveryRecord } from './recovery-record.js';

/** What a store remembers of recoveries. */
export interface KeptRecoveries {
  /** One for each component at most. */
  readonly active: readonly RecoveryRecord[];
  /** The oldest first. */
  readonly history: readonly RecoveryRecord[];
}

/** Where recoveries outlive the process. What resolves is kept; what rejects with a StoreError is not. */
export interface RecoveryStore {
  /** @throws StoreError `STORE_CORRUPT` where something kept cannot be read. */
  load(): Promise<KeptRecoveries>;
  /** Keeps what is under way for its component, in place of what was. */
  save(record: RecoveryRecord): Promise<void>;
  /** In one step: nothing is under way for its component any more, and it is in the history, of which so many are kept. */
  finish(record: RecoveryRecord, keep: number): Promise<void>;
}
