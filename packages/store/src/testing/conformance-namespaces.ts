import type { Namespace } from '../namespace.js';

/** Tables with every kind of rule that a unit can break. */
export const rowsNamespace = {
  name: 'rows',
  migrations: [
    `CREATE TABLE rows_items (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
     CREATE TABLE rows_values (id INTEGER PRIMARY KEY, value ANY) STRICT;
     CREATE TABLE rows_marks (mark TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
     CREATE TABLE rows_children (
       parent INTEGER NOT NULL REFERENCES rows_items (id) DEFERRABLE INITIALLY DEFERRED
     ) STRICT;`,
  ],
  writes: {
    add: 'INSERT INTO rows_items (name) VALUES (?)',
    addOrIgnore: 'INSERT INTO rows_items (name) VALUES (?) ON CONFLICT DO NOTHING',
    addOrRollBack: 'INSERT OR ROLLBACK INTO rows_items (name) VALUES (?)',
    rename: 'UPDATE rows_items SET name = ? WHERE name = ?',
    remove: 'DELETE FROM rows_items WHERE name = ?',
    keep: 'INSERT INTO rows_values (value) VALUES (?)',
    mark: 'INSERT INTO rows_marks (mark) VALUES (?)',
    addChild: 'INSERT INTO rows_children (parent) VALUES (?)',
  },
  reads: {
    all: 'SELECT id, name FROM rows_items ORDER BY id',
    byName: 'SELECT id FROM rows_items WHERE name = ?',
    values: 'SELECT value FROM rows_values ORDER BY id',
  },
} as const satisfies Namespace;

/** A second package, which shares transactions with the first and reads its tables. */
export const otherNamespace = {
  name: 'other',
  migrations: [
    'CREATE TABLE other_notes (item INTEGER PRIMARY KEY) STRICT',
    "ALTER TABLE other_notes ADD COLUMN note TEXT NOT NULL DEFAULT ''",
  ],
  writes: { note: 'INSERT INTO other_notes (item, note) VALUES (?, ?)' },
  reads: {
    all: 'SELECT item, note FROM other_notes ORDER BY item',
    joined: `SELECT rows_items.name AS name, other_notes.note AS note
             FROM rows_items JOIN other_notes ON other_notes.item = rows_items.id ORDER BY rows_items.id`,
  },
} as const satisfies Namespace;
