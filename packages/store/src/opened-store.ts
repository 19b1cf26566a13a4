import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ConfigurationError, type Durability, StoreError } from '@charterbus/core-models';
import { compileReads, statementKey } from './database/statements.js';
import { faultOf, toStoreError } from './faults.js';
import type { Namespace, Row, SqlValue, Write, WriteResult } from './namespace.js';
import type { Store, StoreCounts } from './store.js';
import type { CommitQueue } from './writer/commit-queue.js';

export interface StoreParts {
  readonly durability: Durability;
  readonly namespaces: readonly Namespace[];
  readonly queue: CommitQueue;
  /** The handle that reads. */
  readonly reader: DatabaseSync;
  /** Whether the reader has snapshots of its own; where it shares the writer's handle, rows are copied instead. */
  readonly snapshots: boolean;
  /** Ends with the store, after the handles. */
  readonly lock?: Disposable;
}

/** A store over a queue that writes and a handle that reads; what differs between stores is handed in. */
export class OpenedStore implements Store {
  readonly durability: Durability;
  readonly #parts: StoreParts;
  readonly #reads: ReadonlyMap<string, StatementSync>;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
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
      return compiled.all(...values.map(bindable)) as Row[];
    } catch (thrown) {
      throw toStoreError(faultOf(thrown));
    }
  }

  *iterate(namespace: string, statement: string, values: readonly SqlValue[]): IterableIterator<Row, undefined> {
    if (!this.#parts.snapshots) {
      yield* this.read(namespace, statement, values);
      return undefined;
    }
    // A statement of its own: a statement can walk its rows only once at a time.
    const { sourceSQL } = this.#statement(namespace, statement);
    try {
      yield* this.#parts.reader.prepare(sourceSQL).iterate(...values.map(bindable)) as Iterable<Row>;
      return undefined;
    } catch (thrown) {
      throw toStoreError(faultOf(thrown));
    }
  }

  checkWritable(): Promise<void> {
    return this.#parts.queue.checkWritable();
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
    const { queue, reader, snapshots, lock } = this.#parts;
    try {
      queue.stop();
      // Before the writer: whoever closes last empties the write-ahead log, and a reader cannot.
      if (snapshots) reader.close();
      queue.close();
      if (reader.isOpen) reader.close();
    } catch (thrown) {
      throw toStoreError(faultOf(thrown));
    } finally {
      lock?.[Symbol.dispose]();
    }
  }
}

/** A plain object would be taken for named parameters. */
const bindable = (value: SqlValue): SqlValue => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  throw new TypeError('A value of this type cannot be bound.');
};
