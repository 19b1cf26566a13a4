import { StoreError } from '@charterbus/core-models';
import { type CompiledWrite, statementKey } from '../database/statements.js';
import type { SqlValue, Write } from '../namespace.js';

/** A write whose statement is known and whose values are checked and copied. */
interface PreparedWrite {
  /** The place of its statement among the compiled writes. */
  readonly statement: number;
  readonly values: SqlValue[];
}

/** One unit, checked and copied. */
export interface PreparedUnit {
  readonly writes: readonly PreparedWrite[];
  /** Of strings and blobs, in UTF-16 units and bytes: an estimate that is cheap to make. */
  readonly bytes: number;
}

const refuse = (why: string): never => {
  throw new StoreError('STORE_WRITE_REFUSED', `The store refused a write: ${why}.`);
};

/** A copy that later changes by the caller do not reach; throws where SQLite would store something else. */
const take = (value: unknown, write: Write): SqlValue => {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? value
        : refuse(`${keyOf(write)} has a lone surrogate, which no UTF-8 text can hold`);
    case 'number':
      return Number.isNaN(value) ? refuse(`${keyOf(write)} has a NaN, which SQLite stores as NULL`) : value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? value : refuse(`${keyOf(write)} has an integer beyond 2^53`);
    default:
      if (value === null) return null;
      if (value instanceof Uint8Array) return new Uint8Array(value);
      return refuse(`${keyOf(write)} has a value that SQL cannot hold`);
  }
};

const keyOf = ({ namespace, statement }: Write): string => statementKey(namespace, statement);

const bytesOf = (value: SqlValue): number => {
  if (typeof value === 'string') return value.length;
  return value instanceof Uint8Array ? value.byteLength : 8;
};

/** What is known of a compiled write. */
type WriteShape = Pick<CompiledWrite, 'namespace' | 'name' | 'parameters'>;

interface Known {
  readonly statement: number;
  readonly parameters: number;
}

/** Checks and copies units at the call, so that what is not well formed never shares a transaction. */
export class UnitPreparer {
  readonly #known = new Map<string, Map<string, Known>>();

  /** @param shapes in the order in which the writer compiled the statements. */
  constructor(shapes: readonly WriteShape[]) {
    for (const [statement, { namespace, name, parameters }] of shapes.entries()) {
      const statements = this.#known.get(namespace) ?? new Map<string, Known>();
      this.#known.set(namespace, statements.set(name, { statement, parameters }));
    }
  }

  /** @throws StoreError `STORE_WRITE_REFUSED` */
  prepare(unit: readonly Write[]): PreparedUnit {
    // Most are of one write; a list that grows takes room for sixteen more.
    const [only] = unit;
    const writes =
      only !== undefined && unit.length === 1 ? [this.#prepared(only)] : unit.map((write) => this.#prepared(write));
    let bytes = 0;
    for (const { values } of writes) for (const value of values) bytes += bytesOf(value);
    return { writes, bytes };
  }

  #prepared(write: Write): PreparedWrite {
    const { statement, parameters } = this.#knownOf(write);
    const values = write.values.slice();
    if (values.length !== parameters) refuse(`${keyOf(write)} takes ${parameters} values, not ${values.length}`);
    for (let place = 0; place < parameters; place++) values[place] = take(values[place], write);
    return { statement, values };
  }

  #knownOf(write: Write): Known {
    const { namespace, statement } = write;
    return this.#known.get(namespace)?.get(statement) ?? refuse(`there is no statement ${keyOf(write)}`);
  }
}
