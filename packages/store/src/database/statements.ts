import { constants, type DatabaseSync, type StatementSync } from 'node:sqlite';
import { ConfigurationError } from '@charterbus/core-models';
import { faultOf, toStoreError } from '../faults.js';
import { type Namespace, tablePrefix } from '../namespace.js';

/** A compiled write. */
export interface CompiledWrite {
  readonly namespace: string;
  readonly name: string;
  /** How many values it takes: SQLite itself would take a missing one for NULL. */
  readonly parameters: number;
  readonly statement: StatementSync;
  /** Whether the last rowid means something after it ran. */
  readonly givesRowid: boolean;
}

/** Names the statement inside the store: two namespaces may use the same name. */
export const statementKey = (namespace: string, statement: string): string => `${namespace}.${statement}`;

/** What SQLite's compiler reports while it compiles a statement. */
type Authorizer = Parameters<DatabaseSync['setAuthorizer']>[0];

const compile = (database: DatabaseSync, key: string, sql: string, authorizer: Authorizer): StatementSync => {
  database.setAuthorizer(authorizer);
  try {
    return database.prepare(sql);
  } catch (cause) {
    const fault = faultOf(cause);
    if (fault.kind !== 'refused') throw toStoreError(fault);
    throw new ConfigurationError('CONFIGURATION_INVALID', `The statement ${key} cannot be used: ${fault.message}.`, {
      cause,
    });
  } finally {
    database.setAuthorizer(null);
  }
};

const readActions: ReadonlySet<number> = new Set([
  constants.SQLITE_SELECT,
  constants.SQLITE_READ,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_RECURSIVE,
]);
const writeActions: ReadonlySet<number> = new Set([
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
]);

/** Compiles a `SELECT`; anything that would write is refused. */
const compileRead = (database: DatabaseSync, key: string, sql: string): StatementSync =>
  compile(database, key, sql, (action) => (readActions.has(action) ? constants.SQLITE_OK : constants.SQLITE_DENY));

const hasRowid = (database: DatabaseSync, table: string): boolean =>
  database.prepare('SELECT 1 FROM pragma_table_list WHERE schema = ? AND name = ? AND wr = 0').get('main', table) !==
  undefined;

/** SQLite's code for a value too many. */
const outOfRange = 25;

/** Asked of the binding itself, since `node:sqlite` does not say: the first number of values that is one too many. */
const parametersOf = (database: DatabaseSync, sql: string): number => {
  const explain = database.prepare(`EXPLAIN ${sql}`);
  const values: null[] = [];
  for (;;) {
    try {
      explain.get(...values, null);
      values.push(null);
    } catch (error) {
      if (error instanceof Error && 'errcode' in error && error.errcode === outOfRange) return values.length;
      throw error;
    }
  }
};

/** Compiles a write; anything but writing tables of the namespace is refused. */
const compileWrite = (database: DatabaseSync, namespace: string, name: string, sql: string): CompiledWrite => {
  const prefix = tablePrefix(namespace);
  const inserts = new Set<string>();
  const statement = compile(database, statementKey(namespace, name), sql, (action, table, ...[, , trigger]) => {
    if (readActions.has(action)) return constants.SQLITE_OK;
    if (!writeActions.has(action) || table?.startsWith(prefix) !== true) return constants.SQLITE_DENY;
    if (action === constants.SQLITE_INSERT && trigger === null) inserts.add(table);
    return constants.SQLITE_OK;
  });
  const givesRowid = [...inserts].some((table) => hasRowid(database, table));
  return { namespace, name, parameters: parametersOf(database, sql), statement, givesRowid };
};

/** In a fixed order, by which batches number them. */
export const compileWrites = (database: DatabaseSync, namespaces: readonly Namespace[]): readonly CompiledWrite[] =>
  namespaces.flatMap(({ name: namespace, writes }) =>
    Object.entries(writes).map(([name, sql]) => compileWrite(database, namespace, name, sql)),
  );

export const compileReads = (
  database: DatabaseSync,
  namespaces: readonly Namespace[],
): ReadonlyMap<string, StatementSync> =>
  new Map(
    namespaces.flatMap(({ name, reads }) =>
      Object.entries(reads).map(([statement, sql]) => {
        const key = statementKey(name, statement);
        return [key, compileRead(database, key, sql)] as const;
      }),
    ),
  );
