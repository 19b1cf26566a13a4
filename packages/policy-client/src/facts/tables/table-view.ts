import { stateOf } from '../conversation/about.js';
import type { Remembered } from '../conversation.js';
import { stepsThrough } from '../expressions/steps-of.js';
import type { Resolver, Scope } from '../gather/scope.js';
import { isJsonObject, type Load } from '../types/load-value.js';
import { Wrong } from '../types/wrong.js';

export interface TableReading {
  readonly name: string;
  /** Loads a row. */
  readonly load: Load;
  /** Whether results of tools are rows that are newer than the table's. */
  readonly observed: boolean;
}

/** A table as one message finds it: a map whose rows are looked up when they are asked for. */
class TableView extends Map<string, object> {
  readonly #table: TableReading;
  readonly #scope: Scope;

  constructor(table: TableReading, scope: Scope) {
    super();
    this.#table = table;
    this.#scope = scope;
  }

  override get(key: string): object | undefined {
    const known = super.get(key);
    if (known !== undefined) return known;
    const row = this.#observed(key) ?? this.#own(key);
    if (row !== undefined) this.set(key, row);
    return row;
  }

  #own(key: string): object | undefined {
    const rows = this.#scope.inputs.world.tables.get(this.#table.name);
    if (rows?.slot !== undefined) this.#scope.usesSlot(rows.slot);
    return rows?.rows.get(key);
  }

  #observed(key: string): object | undefined {
    const remembered = this.#table.observed ? this.#scope.read(stateOf(this.#table.name, key)) : undefined;
    if (remembered === undefined) return undefined;
    const latest = remembered.values.at(-1);
    if (latest !== undefined) return this.#load(latest);
    if (remembered.overflowed)
      this.#scope.fail('FACT_UNAVAILABLE', `More rows of ${this.#table.name} were observed than are kept.`);
    return undefined;
  }

  /** A state that is newer and malformed does not bring the older one back. */
  #load(latest: Remembered['values'][number]): object {
    this.#scope.spend(4 * stepsThrough(latest));
    const row = isJsonObject(latest) && latest['row'] !== undefined ? this.#table.load(latest['row']) : undefined;
    if (typeof row === 'object' && row !== null && !(row instanceof Wrong)) return row;
    return this.#scope.fail('FACT_INVALID', `The observed row of ${this.#table.name} is not of its type.`);
  }
}

// cel-js knows a map by its constructor, and reads it with `get`.
Object.defineProperty(TableView.prototype, 'constructor', { value: Map });

export const tableResolver =
  (table: TableReading): Resolver =>
  (scope) =>
    new TableView(table, scope);
