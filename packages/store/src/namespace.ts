import { ConfigurationError } from '@charterbus/core-models';

/** What a column holds. A bigint must be a safe integer: rows are read back as numbers. A NaN is refused. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** A row as the statement names its columns. */
export type Row = Readonly<Record<string, SqlValue>>;

/**
 * A package's tables and statements: plain data that may cross a thread.
 *
 * A statement touches only tables of its own namespace when it writes; reads may join others. Statements hold no
 * transaction control and no `PRAGMA`; one `?` stands for each value.
 */
export interface Namespace {
  /** `[a-z][a-z0-9_]*`; the namespace's tables, indices, views and triggers are named `<name>_…`. */
  readonly name: string;
  /** SQL scripts; the n-th brings the namespace to version n. A released one is never changed. */
  readonly migrations: readonly string[];
  /** Name → `INSERT`, `UPDATE` or `DELETE`. */
  readonly writes: Readonly<Record<string, string>>;
  /** Name → `SELECT`. */
  readonly reads: Readonly<Record<string, string>>;
}

/** One statement with its values: plain data that may cross a thread. */
export interface Write {
  readonly namespace: string;
  readonly statement: string;
  readonly values: readonly SqlValue[];
}

export interface WriteResult {
  /** Rows inserted, updated or deleted by the statement itself (triggers not counted). */
  readonly changes: number;
  /** The rowid of the row that an `INSERT` added; 0 where the statement added none or the table has no rowid. */
  readonly lastInsertRowid: number;
}

const namePattern = /^[a-z][a-z0-9_]{0,62}$/;

/** The store's own tables. */
export const ownNamespace = 'store';

/** The prefix that all of a namespace's tables carry. */
export const tablePrefix = (namespace: string): string => `${namespace}_`;

/**
 * @throws ConfigurationError `CONFIGURATION_INVALID` where two namespaces could own the same table.
 */
export const checkNamespaces = (namespaces: readonly Namespace[]): void => {
  const prefixes: string[] = [tablePrefix(ownNamespace), 'sqlite_'];
  for (const { name } of namespaces) {
    if (!namePattern.test(name)) {
      throw new ConfigurationError('CONFIGURATION_INVALID', `The namespace name ${JSON.stringify(name)} is not valid.`);
    }
    const prefix = tablePrefix(name);
    if (prefixes.some((other) => other.startsWith(prefix) || prefix.startsWith(other))) {
      throw new ConfigurationError('CONFIGURATION_INVALID', `The namespace ${name} overlaps with another one.`);
    }
    prefixes.push(prefix);
  }
};
