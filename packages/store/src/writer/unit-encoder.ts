import { StoreError } from '@charterbus/core-models';
import { type CompiledWrite, statementKey } from '../database/statements.js';
import type { SqlValue, Write } from '../namespace.js';

/** One unit, checked and copied. */
export interface EncodedUnit {
  readonly statements: readonly number[];
  readonly valueCounts: readonly number[];
  readonly values: readonly SqlValue[];
  /** Of strings and blobs, in UTF-16 units and bytes: an estimate that is cheap to make. */
  readonly bytes: number;
}

const refuse = (why: string): never => {
  throw new StoreError('STORE_WRITE_REFUSED', `The store refused a write: ${why}.`);
};

/** A copy that later changes by the caller do not reach; throws where SQLite would store something else. */
const take = (value: unknown, key: string): SqlValue => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isNaN(value) ? refuse(`${key} has a NaN, which SQLite stores as NULL`) : value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? value : refuse(`${key} has an integer beyond 2^53`);
    default:
      if (value === null) return null;
      // Copied: the view may be a window of a large pool, which a thread would be sent as a whole.
      return value instanceof Uint8Array ? new Uint8Array(value) : refuse(`${key} has a value that SQL cannot hold`);
  }
};

const bytesOf = (value: SqlValue): number => {
  if (typeof value === 'string') return value.length;
  return value instanceof Uint8Array ? value.byteLength : 8;
};

/** What the encoder knows of a compiled write. */
export type WriteShape = Pick<CompiledWrite, 'namespace' | 'name' | 'parameters'>;

interface Numbered {
  readonly number: number;
  readonly parameters: number;
}

/** Turns units into numbers and values, on the caller's thread: what is not well formed is refused at the call. */
export class UnitEncoder {
  readonly #known = new Map<string, Map<string, Numbered>>();

  /** @param shapes in the order in which the writer compiled the statements. */
  constructor(shapes: readonly WriteShape[]) {
    for (const [number, { namespace, name, parameters }] of shapes.entries()) {
      const statements = this.#known.get(namespace) ?? new Map<string, Numbered>();
      this.#known.set(namespace, statements.set(name, { number, parameters }));
    }
  }

  /** @throws StoreError `STORE_WRITE_REFUSED` */
  encode(unit: readonly Write[]): EncodedUnit {
    const statements: number[] = [];
    const valueCounts: number[] = [];
    const values: SqlValue[] = [];
    let bytes = 0;
    for (const write of unit) {
      const key = statementKey(write.namespace, write.statement);
      const known = this.#known.get(write.namespace)?.get(write.statement) ?? refuse(`there is no statement ${key}`);
      if (write.values.length !== known.parameters) refuse(`${key} takes ${known.parameters} values`);
      statements.push(known.number);
      valueCounts.push(write.values.length);
      for (const value of write.values) {
        const taken = take(value, key);
        bytes += bytesOf(taken);
        values.push(taken);
      }
    }
    return { statements, valueCounts, values, bytes };
  }
}
