import type { Namespace } from '@charterbus/store';

/** The registry's tables; give it to the store that the registry is to write to. */
export const registryNamespace = {
  name: 'registry',
  migrations: [
    `CREATE TABLE registry_agents (
       sequence INTEGER PRIMARY KEY,
       tenant TEXT NOT NULL,
       id TEXT NOT NULL,
       role TEXT,
       capabilities TEXT NOT NULL,
       registered_at TEXT NOT NULL,
       revision TEXT NOT NULL,
       token_digest TEXT NOT NULL UNIQUE,
       UNIQUE (tenant, id)
     ) STRICT`,
  ],
  writes: {
    add: `INSERT INTO registry_agents (tenant, id, role, capabilities, registered_at, revision, token_digest)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
    remove: 'DELETE FROM registry_agents WHERE tenant = ? AND id = ? AND revision = ?',
  },
  reads: {
    all: `SELECT tenant, id, role, capabilities, registered_at, revision, token_digest
          FROM registry_agents ORDER BY sequence`,
  },
} as const satisfies Namespace;
