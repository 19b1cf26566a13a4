import { StoreError } from '@charterbus/core-models';
import type { Row, SqlValue, Store, Write, WriteResult } from '@charterbus/store';

/** A store whose writes and reads fail where the test says so. */
export class FlakyStore implements Store {
  refuses: (unit: readonly Write[]) => boolean = () => false;
  unreadable: (statement: string) => boolean = () => false;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get durability() {
    return this.#store.durability;
  }

  get counts() {
    return this.#store.counts;
  }

  async commit(unit: readonly Write[]): Promise<readonly WriteResult[]> {
    if (!this.refuses(unit)) return this.#store.commit(unit);
    // In its turn, as a disk does: what was written before is known to be by then.
    await this.#store.commit([{ namespace: 'bus', statement: 'drop-dedupe', values: [0] }]);
    throw new StoreError('STORE_UNAVAILABLE', 'The disk is full.');
  }

  read(namespace: string, statement: string, values: readonly SqlValue[]): readonly Row[] {
    if (this.unreadable(statement)) throw new StoreError('STORE_UNAVAILABLE', 'The disk cannot be read.');
    return this.#store.read(namespace, statement, values);
  }

  iterate(namespace: string, statement: string, values: readonly SqlValue[]): IterableIterator<Row, undefined> {
    return this.#store.iterate(namespace, statement, values);
  }

  checkWritable(): Promise<void> {
    return this.#store.checkWritable();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
