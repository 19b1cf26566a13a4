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
    // One text for all that is kept of an agent. Merging drops the members that are null.
    `CREATE TABLE registry_records (
       sequence INTEGER PRIMARY KEY,
       tenant TEXT NOT NULL,
       id TEXT NOT NULL,
       record TEXT NOT NULL,
       UNIQUE (tenant, id)
     ) STRICT;
     INSERT INTO registry_records (sequence, tenant, id, record)
       SELECT sequence, tenant, id, json_object(
         'agent', json_patch('{}', json_object('id', id, 'tenant', tenant, 'role', role,
           'capabilities', json(capabilities), 'registeredAt', registered_at, 'revision', revision)),
         'tokenDigest', token_digest)
       FROM registry_agents;
     DROP TABLE registry_agents`,
  ],
  writes: {
    add: 'INSERT INTO registry_records (tenant, id, record) VALUES (?, ?, ?)',
    replace: 'UPDATE registry_records SET record = ? WHERE tenant = ? AND id = ?',
    remove: 'DELETE FROM registry_records WHERE tenant = ? AND id = ?',
  },
  reads: {
    all: 'SELECT record FROM registry_records ORDER BY sequence',
  },
} as const satisfies Namespace;
