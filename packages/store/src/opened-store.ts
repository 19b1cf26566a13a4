import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ConfigurationError, type Durability, StoreError } from '@charterbus/core-models';
import { compileReads, statementKey } from './database/statements.js';
import { faultOf, toStoreError } from './faults.js';
import type { Namespace, Row, SqlValue, Write, WriteResult } from './namespace.js';
import type { Store, StoreCounts } from './store.js';
import type { CommitQueue } from './writer/commit-queue.js';

interface Parts {
  readonly durability: Durability;
  readonly namespaces: readonly Namespace[];
  readonly queue: CommitQueue;
  /** The handle that reads; closed after the queue. */
  readonly reader: DatabaseSync;
  /** What else ends with the store. */
  readonly owned: readonly Disposable[];
}

/** A store over a queue that writes and a handle that reads; what differs between stores is handed in. */
export class OpenedStore implements Store {
  readonly durability: Durability;
  readonly #parts: Parts;
  readonly #reads: ReadonlyMap<string, StatementSync>;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.durability = parts.durability;
    this.#parts = parts;
    this.#reads = compileReads(parts.reader, parts.namespaces);
  }

  get counts(): StoreCounts {
    return this.#parts.queue.counts;
  }

  commit(unit: readonly Write[]): Promise<readonly WriteResult[]> {
    return this.#parts.queue.commit(unit);
  }

  read(namespace: string, statement: string, values: readonly SqlValue[]): readonly Row[] {
    const compiled = this.#statement(namespace, statement);
    try {
      return compiled.all(...(values as SqlValue[])) as Row[];
    } catch (thrown) {
      throw toStoreError(faultOf(thrown), thrown);
    }
  }

  *iterate(namespace: string, statement: string, values: readonly SqlValue[]): IterableIterator<Row> {
    // A statement of its own: a statement can walk its rows only once at a time.
    const { sourceSQL } = this.#statement(namespace, statement);
    try {
      yield* this.#parts.reader.prepare(sourceSQL).iterate(...(values as SqlValue[])) as IterableIterator<Row>;
    } catch (thrown) {
      throw toStoreError(faultOf(thrown), thrown);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #statement(namespace: string, statement: string): StatementSync {
    if (this.#closing !== undefined) throw new StoreError('STORE_UNAVAILABLE', 'The store is closed.');
    const key = statementKey(namespace, statement);
    const compiled = this.#reads.get(key);
    if (compiled === undefined) throw new ConfigurationError('CONFIGURATION_INVALID', `There is no read ${key}.`);
    return compiled;
  }

  async #close(): Promise<void> {
    try {
      await this.#parts.queue.close();
    } finally {
      if (this.#parts.reader.isOpen) this.#parts.reader.close();
      for (const owned of this.#parts.owned) owned[Symbol.dispose]();
    }
  }
}
