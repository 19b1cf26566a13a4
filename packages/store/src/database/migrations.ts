import { constants, type DatabaseSync } from 'node:sqlite';
import { ConfigurationError, StoreError } from '@charterbus/core-models';
import { faultOf, toStoreError } from '../faults.js';
import { type Namespace, ownNamespace, tablePrefix } from '../namespace.js';

/** The store's own table: which version each namespace is at. It is a namespace as well, and may grow as they do. */
export const versions: Namespace = {
  name: ownNamespace,
  migrations: [
    `CREATE TABLE store_versions (
       namespace TEXT PRIMARY KEY,
       version INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID`,
  ],
  // Together they change nothing, but a page is written: SQLite does not write one whose bytes it would not change.
  writes: {
    'probe-forth': `UPDATE store_versions SET version = version + 1 WHERE namespace = '${ownNamespace}'`,
    'probe-back': `UPDATE store_versions SET version = version - 1 WHERE namespace = '${ownNamespace}'`,
  },
  reads: {},
};

/** Would end or escape the transaction that the migration runs in. */
const forbidden: ReadonlySet<number> = new Set([
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_PRAGMA,
]);

const objectNames = (database: DatabaseSync): ReadonlySet<string> =>
  new Set(
    database
      .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
      .all()
      .map((row) => String(row['name'])),
  );

const runScript = (database: DatabaseSync, namespace: Namespace, script: string): void => {
  const before = objectNames(database);
  database.setAuthorizer((action, subject) =>
    // `ALTER TABLE … ADD COLUMN` runs a `quick_check` of its own.
    forbidden.has(action) && subject !== 'quick_check' ? constants.SQLITE_DENY : constants.SQLITE_OK,
  );
  try {
    database.exec(script);
  } finally {
    database.setAuthorizer(null);
  }
  const after = objectNames(database);
  const strange = [...before, ...after].find(
    (name) => before.has(name) !== after.has(name) && !name.startsWith(tablePrefix(namespace.name)),
  );
  if (strange !== undefined) {
    throw new ConfigurationError(
      'CONFIGURATION_INVALID',
      `A migration of the namespace ${namespace.name} made or dropped ${strange}, which lacks its prefix.`,
    );
  }
};

const migrate = (database: DatabaseSync, namespace: Namespace, version: number): void => {
  const script = namespace.migrations[version - 1] ?? '';
  database.exec('BEGIN IMMEDIATE');
  try {
    runScript(database, namespace, script);
    database
      .prepare('INSERT OR REPLACE INTO store_versions (namespace, version) VALUES (?, ?)')
      .run(namespace.name, version);
    database.exec('COMMIT');
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (cause instanceof ConfigurationError) throw cause;
    const fault = faultOf(cause);
    if (fault.kind !== 'refused') throw toStoreError(fault);
    throw new ConfigurationError(
      'CONFIGURATION_INVALID',
      `Migration ${version} of the namespace ${namespace.name} fails.`,
      { cause },
    );
  }
};

const versionOf = (database: DatabaseSync, namespace: string): number => {
  if (!objectNames(database).has('store_versions')) return 0;
  const row = database.prepare('SELECT version FROM store_versions WHERE namespace = ?').get(namespace);
  return Number(row?.['version'] ?? 0);
};

/**
 * Brings every namespace to its last version, each migration in a transaction of its own: what a crash interrupts goes on
 * at the next open.
 *
 * @throws StoreError `STORE_VERSION_UNSUPPORTED` before anything is changed, where a newer program wrote the store.
 */
export const migrateAll = (database: DatabaseSync, namespaces: readonly Namespace[]): void => {
  const all = [versions, ...namespaces];
  for (const { name, migrations } of all) {
    const found = versionOf(database, name);
    if (found > migrations.length) {
      throw new StoreError(
        'STORE_VERSION_UNSUPPORTED',
        `The store was written by a newer version: ${name} is at ${found}, this program knows up to ${migrations.length}.`,
        { details: { namespace: name, found, supported: migrations.length } },
      );
    }
  }
  for (const namespace of all) {
    for (let version = versionOf(database, namespace.name) + 1; version <= namespace.migrations.length; version++) {
      migrate(database, namespace, version);
    }
  }
};
