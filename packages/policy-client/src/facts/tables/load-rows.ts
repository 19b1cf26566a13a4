import type { JsonValue } from '@charterbus/core-models';
import { isJsonObject, type Load } from '../types/load-value.js';
import { keyStep, Wrong } from '../types/wrong.js';

/** Wrong rows are told up to this many; then they are counted. */
const told = 10;
const mostRows = 1_000_000;

export interface LoadedRows {
  readonly rows: ReadonlyMap<string, object>;
  /** What is wrong, each a sentence. */
  readonly problems: readonly string[];
}

/** Loads a table: an object of rows by key. */
export const loadRows = (value: JsonValue | undefined, load: Load): LoadedRows => {
  const rows = new Map<string, object>();
  if (!isJsonObject(value)) return { rows, problems: ['is not an object of rows by key.'] };
  const problems: string[] = [];
  let wrong = 0;
  const keys = Object.keys(value);
  if (keys.length > mostRows) return { rows, problems: [`has more than ${mostRows} rows.`] };
  for (const key of keys) {
    const row = load(value[key] ?? null);
    if (!(row instanceof Wrong)) {
      rows.set(key, row as object);
      continue;
    }
    wrong += 1;
    if (wrong <= told) problems.push(row.about(`$${keyStep(key)}`));
  }
  if (wrong > told) problems.push(`has ${wrong - told} more rows that are not of their type.`);
  return { rows, problems };
};
