import type { Namespace } from '@charterbus/store';

/** The tables of recoveries; give it to the store that these are to be kept in. */
export const recoveryNamespace = {
  name: 'recovery',
  migrations: [
    `CREATE TABLE recovery_active (component TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
     CREATE TABLE recovery_history (sequence INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT`,
  ],
  writes: {
    save: `INSERT INTO recovery_active (component, record) VALUES (?, ?)
           ON CONFLICT (component) DO UPDATE SET record = excluded.record`,
    remove: 'DELETE FROM recovery_active WHERE component = ?',
    remember: 'INSERT INTO recovery_history (record) VALUES (?)',
    prune: 'DELETE FROM recovery_history WHERE sequence <= (SELECT max(sequence) FROM recovery_history) - ?',
  },
  reads: {
    active: 'SELECT record FROM recovery_active ORDER BY component',
    history: 'SELECT record FROM recovery_history ORDER BY sequence',
  },
} as const satisfies Namespace;
