import { sha256 } from '@charterbus/core-models';

/** Longer keys stand in a name by their digest. */
const longestKey = 256;

/** Where the calls of a tool are remembered. */
export const callsOf = (tool: string): string => `call:${tool}`;

/** Where the newest state of a row is remembered. No two rows share one: names of tables have neither `:` nor `#`. */
export const stateOf = (table: string, key: string): string =>
  key.length <= longestKey ? `row:${table}:${key}` : `row:${table}#${sha256(key)}`;
