import { StoreError } from '@charterbus/core-models';
import type { Row, Store, Write } from '@charterbus/store';
import { type RecoveryRecord, readRecoveryRecord } from '../orchestrator/recovery-record.js';
import type { KeptRecoveries, RecoveryStore } from '../orchestrator/recovery-store.js';
import { recoveryNamespace } from './recovery-namespace.js';

const namespace = recoveryNamespace.name;

const recordOf = (row: Row): RecoveryRecord => {
  try {
    return readRecoveryRecord(JSON.parse(String(row['record'])));
  } catch (cause) {
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a stored recovery cannot be read.', { cause });
  }
};

const write = (statement: keyof typeof recoveryNamespace.writes, ...values: Write['values']): Write => ({
  namespace,
  statement,
  values,
});

class SqliteRecoveryStore implements RecoveryStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async load(): Promise<KeptRecoveries> {
    const read = (statement: keyof typeof recoveryNamespace.reads): readonly RecoveryRecord[] =>
      this.#store.read(namespace, statement, []).map(recordOf);
    return { active: read('active'), history: read('history') };
  }

  async save(record: RecoveryRecord): Promise<void> {
    await this.#store.commit([write('save', record.component, JSON.stringify(record))]);
  }

  async finish(record: RecoveryRecord, keep: number): Promise<void> {
    await this.#store.commit([
      write('remove', record.component),
      write('remember', JSON.stringify(record)),
      write('prune', keep),
    ]);
  }
}

/**
 * Recoveries in a store that was opened with `recoveryNamespace`; it stays the caller's to close. One orchestrator to a store.
 * Errors are those of the store.
 */
export const createSqliteRecoveryStore = (store: Store): RecoveryStore => new SqliteRecoveryStore(store);
