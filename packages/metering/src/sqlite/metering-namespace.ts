import type { Namespace } from '@charterbus/store';
import { mostSum } from '../ledger/usage-row.js';

/** In the order of `usageOperations`, then what messages measure. Later ones are added by migrations. */
export const sumColumns = [
  'constitutional_validations',
  'agent_messages',
  'policy_evaluations',
  'compliance_checks',
  'audit_writes',
  'deliberation_requests',
  'hitl_approvals',
  'checkpoint_anchors',
  'bytes',
  'input_tokens',
  'output_tokens',
  'cost_micros',
] as const;

const dimensions = ['bucket', 'at', 'tenant', 'agent', 'type', 'tool', 'tier', 'outcome'] as const;
const columns = [...dimensions, ...sumColumns].join(', ');

/**
 * Adds to a row, or makes it. A row that would be one too many of its tenant and bucket is counted in the one whose agent and
 * tool are `*`. Values: a row in the order of `columns`, then the rows of a tenant and bucket that are told apart.
 */
const add = `
  INSERT INTO metering_rows (${columns})
  SELECT bucket, at, tenant, iif(is_named, agent, '*'), type, iif(is_named, tool, '*'), tier, outcome, ${sumColumns.join(', ')}
  FROM (
    SELECT given.*, EXISTS (
      SELECT 1 FROM metering_rows AS known
      WHERE ${dimensions.map((name) => `known.${name} = given.${name}`).join(' AND ')}
    ) OR (
      SELECT count(*) FROM metering_rows AS known
      WHERE known.bucket = given.bucket AND known.at = given.at AND known.tenant = given.tenant AND known.agent <> '*'
    ) < most AS is_named
    FROM (SELECT ${[...dimensions, ...sumColumns, 'most'].map((name) => `? AS ${name}`).join(', ')}) AS given
  )
  WHERE true
  ON CONFLICT (${dimensions.join(', ')}) DO UPDATE SET
    ${sumColumns.map((name) => `${name} = min(${name} + excluded.${name}, ${mostSum})`).join(', ')}`;

/** Usage and how far sources are counted; give it to the store that the ledger is to write to. */
export const meteringNamespace = {
  name: 'metering',
  migrations: [
    `CREATE TABLE metering_rows (
       bucket TEXT NOT NULL,
       at INTEGER NOT NULL,
       tenant TEXT NOT NULL,
       agent TEXT NOT NULL,
       type TEXT NOT NULL,
       tool TEXT NOT NULL,
       tier TEXT NOT NULL,
       outcome TEXT NOT NULL,
       ${sumColumns.map((name) => `${name} INTEGER NOT NULL`).join(',\n       ')},
       PRIMARY KEY (bucket, at, tenant, agent, type, tool, tier, outcome)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE metering_cursors (
       source TEXT PRIMARY KEY,
       position INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID`,
  ],
  writes: {
    begin: 'INSERT OR IGNORE INTO metering_cursors (source, position) VALUES (?, 0)',
    // From another position it would become NULL, which the table refuses, and the whole unit with it.
    move: 'UPDATE metering_cursors SET position = CASE WHEN position = ? THEN ? END WHERE source = ?',
    add,
    prune: 'DELETE FROM metering_rows WHERE bucket = ? AND at < ?',
  },
  reads: {
    cursor: 'SELECT position FROM metering_cursors WHERE source = ?',
    next: 'SELECT min(at) AS at FROM metering_rows WHERE bucket = ? AND at >= ? AND at < ?',
    all: `SELECT ${columns} FROM metering_rows WHERE bucket = ? AND at = ?`,
    ofTenant: `SELECT ${columns} FROM metering_rows WHERE bucket = ? AND at = ? AND tenant = ?`,
    ofAgent: `SELECT ${columns} FROM metering_rows WHERE bucket = ? AND at = ? AND tenant = ? AND agent = ?`,
  },
} as const satisfies Namespace;
