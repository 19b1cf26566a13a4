import type { Namespace } from '@charterbus/store';

const version1 = `
CREATE TABLE bus_epochs (epoch INTEGER PRIMARY KEY) STRICT;
CREATE TABLE bus_messages (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  sender TEXT NOT NULL,
  sender_revision TEXT NOT NULL,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  verdicts TEXT NOT NULL,
  recipients TEXT NOT NULL,
  digest TEXT NOT NULL,
  content_bytes INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  envelope TEXT NOT NULL
) STRICT;
CREATE INDEX bus_messages_unfinished ON bus_messages (id) WHERE settled_at = 0;
CREATE INDEX bus_messages_finished ON bus_messages (dead, settled_at) WHERE settled_at <> 0;
CREATE INDEX bus_messages_by_status ON bus_messages (status, id);
CREATE TABLE bus_entries (
  message TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  agent TEXT NOT NULL,
  state TEXT NOT NULL,
  priority INTEGER NOT NULL,
  position INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  token INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  process_bound INTEGER NOT NULL,
  hold_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  judge_again INTEGER NOT NULL,
  reason TEXT,
  verdict TEXT NOT NULL,
  approvals TEXT NOT NULL,
  history TEXT NOT NULL,
  PRIMARY KEY (message, ordinal)
) STRICT;
CREATE INDEX bus_entries_dead ON bus_entries (message, ordinal) WHERE state = 'dead';
CREATE TABLE bus_dedupe (
  tenant TEXT NOT NULL,
  sender TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  message TEXT NOT NULL,
  receipt TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (tenant, sender, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_dedupe_until ON bus_dedupe (until);
-- The row id is the leaf's index plus one. Nothing is ever deleted, so the indexes are dense.
CREATE TABLE bus_leaves (leaf INTEGER PRIMARY KEY, message TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX bus_leaves_by_message ON bus_leaves (message);
`;

const version2 = `
CREATE TABLE bus_conversation_facts (
  conversation TEXT NOT NULL,
  about TEXT NOT NULL,
  facts TEXT NOT NULL,
  overflowed INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (conversation, about)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_conversation_facts_until ON bus_conversation_facts (until);
`;

const version3 = `
ALTER TABLE bus_entries ADD COLUMN ordering_key TEXT;
ALTER TABLE bus_entries ADD COLUMN retry TEXT;
`;

const messageColumns =
  'id, tenant, sender, sender_revision, status, created_at, settled_at, dead, verdicts, recipients';
const entryColumns =
  'message, ordinal, tenant, agent, state, priority, position, attempt, token, not_before, lease_until, process_bound, hold_until, expires_at, settled_at, judge_again, reason, verdict, approvals, history, ordering_key, retry';

/** The tables of the bus in a shared store. */
export const busNamespace: Namespace = Object.freeze({
  name: 'bus',
  migrations: [version1, version2, version3],
  writes: {
    epoch: 'INSERT INTO bus_epochs DEFAULT VALUES',
    message: `INSERT INTO bus_messages (${messageColumns}, digest, content_bytes, bytes, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    'message-status': `UPDATE bus_messages SET status = ?1, dead = ?3,
      settled_at = CASE WHEN settled_at = 0 OR ?2 = 0 THEN settled_at ELSE ?2 END WHERE id = ?4`,
    // Where a sibling's change was taken back meanwhile, the message is not finished, whatever the last one thought.
    'message-finished': `UPDATE bus_messages SET status = ?1, settled_at = ?2, dead = ?3 WHERE id = ?4 AND settled_at = 0
      AND NOT EXISTS (SELECT 1 FROM bus_entries WHERE message = ?4 AND state IN ('held', 'queued', 'leased'))`,
    'message-reopened': 'UPDATE bus_messages SET settled_at = 0 WHERE id = ? AND settled_at <> 0',
    entry: `INSERT INTO bus_entries (${entryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    'entry-state': `UPDATE bus_entries SET state = ?, position = ?, attempt = ?, token = ?, not_before = ?, lease_until = ?,
      process_bound = ?, hold_until = ?, settled_at = ?, judge_again = ?, reason = ?, verdict = ?, approvals = ?, history = ?
      WHERE message = ? AND ordinal = ?`,
    dedupe:
      'INSERT OR REPLACE INTO bus_dedupe (tenant, sender, key, fingerprint, message, receipt, until) VALUES (?, ?, ?, ?, ?, ?, ?)',
    'conversation-fact':
      'INSERT OR REPLACE INTO bus_conversation_facts (conversation, about, facts, overflowed, until) VALUES (?, ?, ?, ?, ?)',
    leaf: 'INSERT INTO bus_leaves (message, text) VALUES (?, ?)',
    // What was redriven since it was chosen stays.
    'drop-message': 'DELETE FROM bus_messages WHERE id = ? AND settled_at <> 0',
    'drop-entries':
      'DELETE FROM bus_entries WHERE message = ?1 AND EXISTS (SELECT 1 FROM bus_messages WHERE id = ?1 AND settled_at <> 0)',
    'drop-dedupe': 'DELETE FROM bus_dedupe WHERE until <= ?',
    'drop-conversation-facts': 'DELETE FROM bus_conversation_facts WHERE until <= ?',
  },
  reads: {
    message: `SELECT ${messageColumns} FROM bus_messages WHERE id = ?`,
    envelope: 'SELECT envelope, digest, content_bytes, bytes FROM bus_messages WHERE id = ?',
    bytes: 'SELECT bytes FROM bus_messages WHERE id = ?',
    entries: `SELECT ${entryColumns} FROM bus_entries WHERE message = ? ORDER BY ordinal`,
    unfinished: `SELECT ${entryColumns} FROM bus_entries WHERE message IN (SELECT id FROM bus_messages WHERE settled_at = 0) ORDER BY message, ordinal`,
    leaves: 'SELECT leaf, message, text FROM bus_leaves WHERE message = ? ORDER BY leaf',
    leaf: 'SELECT leaf, message, text FROM bus_leaves WHERE leaf = ?',
    'leaf-count': 'SELECT coalesce(max(leaf), 0) AS leaves FROM bus_leaves',
    dedupe:
      'SELECT tenant, sender, key, fingerprint, message, receipt, until FROM bus_dedupe WHERE tenant = ? AND sender = ? AND key = ? AND until > ?',
    'conversation-facts':
      'SELECT conversation, about, facts, overflowed, until FROM bus_conversation_facts WHERE conversation = ? AND until > ?',
    list: `SELECT ${messageColumns} FROM bus_messages WHERE id < ? ORDER BY id DESC LIMIT ?`,
    'list-by-status': `SELECT ${messageColumns} FROM bus_messages WHERE status = ? AND id < ? ORDER BY id DESC LIMIT ?`,
    'dead-letters': `SELECT ${entryColumns} FROM bus_entries WHERE state = 'dead' AND message <= ?1 AND (message < ?1 OR ordinal > ?2)
      AND (?4 IS NULL OR (tenant = ?4 AND agent = ?5)) AND (?6 IS NULL OR reason = ?6)
      ORDER BY message DESC, ordinal LIMIT ?3`,
    'finished-bytes': 'SELECT coalesce(sum(bytes), 0) AS bytes FROM bus_messages WHERE settled_at <> 0',
    outlived: `SELECT id, bytes FROM bus_messages WHERE settled_at <> 0 AND dead = 0 AND settled_at < ?
      UNION ALL SELECT id, bytes FROM bus_messages WHERE settled_at <> 0 AND dead = 1 AND settled_at < ? LIMIT ?`,
    oldest: 'SELECT id, bytes FROM bus_messages WHERE settled_at <> 0 ORDER BY dead, settled_at LIMIT ?',
  },
});
