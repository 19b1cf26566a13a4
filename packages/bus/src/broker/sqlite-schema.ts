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

/**
 * What changes is apart from what does not: a message is written once, its entries and its status beside it as they change.
 * The number of a message is that of its first leaf. What many verdicts and leaves have in common is kept once, as a form.
 */
const version4 = `
DROP INDEX bus_messages_unfinished;
DROP INDEX bus_messages_finished;
DROP INDEX bus_messages_by_status;
DROP INDEX bus_entries_dead;
DROP INDEX bus_leaves_by_message;
ALTER TABLE bus_messages RENAME TO bus_messages_v3;
ALTER TABLE bus_entries RENAME TO bus_entries_v3;
ALTER TABLE bus_leaves ADD COLUMN form INTEGER;
CREATE INDEX bus_leaves_by_message ON bus_leaves (message) WHERE form IS NULL;
CREATE TABLE bus_forms (form INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE bus_messages (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  record TEXT NOT NULL,
  digest TEXT NOT NULL,
  content_bytes INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  envelope TEXT NOT NULL
) STRICT;
CREATE TABLE bus_states (
  number INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  settled_at INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT;
CREATE INDEX bus_states_rare ON bus_states (status, number) WHERE status NOT IN ('delivered', 'processing');
CREATE TABLE bus_entries (
  number INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  message TEXT NOT NULL,
  state TEXT NOT NULL,
  leaf INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (number, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX bus_entries_dead ON bus_entries (message, ordinal) WHERE state = 'dead';
-- Leaves of a form whose message has gone.
CREATE TABLE bus_gone (
  message TEXT NOT NULL,
  leaf INTEGER NOT NULL,
  PRIMARY KEY (message, leaf)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE bus_numbers AS SELECT message, min(leaf) AS number FROM bus_leaves GROUP BY message;
CREATE INDEX temp.bus_numbers_by_message ON bus_numbers (message);
INSERT INTO bus_messages
  SELECT n.number, m.id,
    json_array(m.tenant, m.sender, m.sender_revision, m.created_at, json(m.verdicts), json(m.recipients), json_array()),
    m.digest, m.content_bytes, m.bytes, m.envelope
  FROM bus_messages_v3 m JOIN bus_numbers n ON n.message = m.id;
INSERT INTO bus_states SELECT n.number, m.status, m.settled_at, m.dead
  FROM bus_messages_v3 m JOIN bus_numbers n ON n.message = m.id;
INSERT INTO bus_entries
  SELECT n.number, e.ordinal, e.message, e.state, NULL,
    json_array(e.tenant, e.agent, e.priority, e.position, e.attempt, e.token, e.not_before, e.lease_until, e.process_bound,
      e.hold_until, e.expires_at, e.settled_at, e.judge_again, e.ordering_key, json(e.retry), e.reason, json(e.verdict),
      json(e.approvals), json(e.history))
  FROM bus_entries_v3 e JOIN bus_numbers n ON n.message = e.message;
DROP TABLE bus_numbers;
DROP TABLE bus_messages_v3;
DROP TABLE bus_entries_v3;
`;

const messageColumns =
  'm.number, m.id, m.record, m.digest, m.bytes, s.status, coalesce(s.settled_at, 0) AS settled_at, coalesce(s.dead, 0) AS dead';
const messages = 'bus_messages m LEFT JOIN bus_states s ON s.number = m.number';
const entryColumns = 'e.number, e.ordinal, e.message, e.state, e.body, m.digest';
const entries = 'bus_entries e JOIN bus_messages m ON m.number = e.number';
/** The number of a message that may not be at hand. */
const numberOf = (number: string, id: string): string =>
  `coalesce(${number}, (SELECT number FROM bus_messages WHERE id = ${id}))`;

const isFinished = 'EXISTS (SELECT 1 FROM bus_states WHERE number = ?1 AND settled_at <> 0)';

/** The tables of the bus in a shared store. */
export const busNamespace: Namespace = Object.freeze({
  name: 'bus',
  migrations: [version1, version2, version3, version4],
  writes: {
    epoch: 'INSERT INTO bus_epochs DEFAULT VALUES',
    form: 'INSERT OR IGNORE INTO bus_forms (form, text) VALUES (?, ?)',
    leaf: 'INSERT INTO bus_leaves (message, text) VALUES (?, ?)',
    'formed-leaf': 'INSERT INTO bus_leaves (message, form, text) VALUES (?, ?, ?)',
    // Written right after its leaf, whose number it takes.
    message:
      'INSERT INTO bus_messages (number, id, record, digest, content_bytes, bytes, envelope) VALUES (last_insert_rowid(), ?, ?, ?, ?, ?, ?)',
    'message-status': `INSERT INTO bus_states (number, status, settled_at, dead) VALUES (${numberOf('?1', '?2')}, ?3, 0, ?5)
      ON CONFLICT DO UPDATE SET status = excluded.status, dead = excluded.dead,
      settled_at = CASE WHEN settled_at = 0 OR ?4 = 0 THEN settled_at ELSE ?4 END`,
    // Of one recipient, so that its own end is the message's.
    'message-finished': `INSERT INTO bus_states (number, status, settled_at, dead) VALUES (${numberOf('?1', '?2')}, ?3, ?4, ?5)
      ON CONFLICT DO UPDATE SET status = excluded.status, settled_at = excluded.settled_at, dead = excluded.dead WHERE settled_at = 0`,
    // Where a sibling's change was taken back meanwhile, the message is not finished, whatever the last one thought.
    'message-all-finished': `INSERT INTO bus_states (number, status, settled_at, dead) SELECT ${numberOf('?1', '?2')}, ?3, ?4, ?5
      WHERE ?6 = (SELECT count(*) FROM bus_entries WHERE number = ${numberOf('?1', '?2')} AND state NOT IN ('held', 'queued', 'leased'))
      ON CONFLICT DO UPDATE SET status = excluded.status, settled_at = excluded.settled_at, dead = excluded.dead WHERE settled_at = 0`,
    'message-reopened': `UPDATE bus_states SET settled_at = 0 WHERE number = ${numberOf('?1', '?2')} AND settled_at <> 0`,
    // The leaf of a form is the one that was written right before.
    'entry-state': `INSERT OR REPLACE INTO bus_entries (state, number, message, ordinal, leaf, body)
      VALUES (?1, ${numberOf('?2', '?3')}, ?3, ?4, CASE WHEN ?5 = 1 THEN last_insert_rowid() END, ?6)`,
    dedupe:
      'INSERT OR REPLACE INTO bus_dedupe (tenant, sender, key, fingerprint, message, receipt, until) VALUES (?, ?, ?, ?, ?, ?, ?)',
    'conversation-fact':
      'INSERT OR REPLACE INTO bus_conversation_facts (conversation, about, facts, overflowed, until) VALUES (?, ?, ?, ?, ?)',
    // What was redriven since it was chosen stays.
    'leave-first': `INSERT OR IGNORE INTO bus_gone (message, leaf) SELECT id, number FROM bus_messages WHERE number = ?1 AND ${isFinished}`,
    'leave-others': `INSERT OR IGNORE INTO bus_gone (message, leaf) SELECT message, leaf FROM bus_entries WHERE number = ?1 AND leaf IS NOT NULL AND ${isFinished}`,
    'drop-entries': `DELETE FROM bus_entries WHERE number = ?1 AND ${isFinished}`,
    'drop-message': `DELETE FROM bus_messages WHERE number = ?1 AND ${isFinished}`,
    'drop-state': 'DELETE FROM bus_states WHERE number = ? AND settled_at <> 0',
    'drop-dedupe': 'DELETE FROM bus_dedupe WHERE until <= ?',
    'drop-conversation-facts': 'DELETE FROM bus_conversation_facts WHERE until <= ?',
  },
  reads: {
    form: 'SELECT text FROM bus_forms WHERE form = ?',
    'last-form': 'SELECT coalesce(max(form), 0) AS form FROM bus_forms',
    message: `SELECT ${messageColumns} FROM ${messages} WHERE m.id = ?`,
    envelope: 'SELECT number, envelope, digest, content_bytes, bytes FROM bus_messages WHERE id = ?',
    bytes: 'SELECT bytes FROM bus_messages WHERE id = ?',
    entries: `SELECT ${entryColumns} FROM ${entries} WHERE m.id = ? ORDER BY e.ordinal`,
    unfinished: `SELECT ${messageColumns} FROM ${messages} WHERE coalesce(s.settled_at, 0) = 0 ORDER BY m.number`,
    'unfinished-entries': `SELECT ${entryColumns} FROM ${entries} LEFT JOIN bus_states s ON s.number = e.number
      WHERE coalesce(s.settled_at, 0) = 0 ORDER BY e.number, e.ordinal`,
    leaves: `SELECT leaf, message, form, text FROM bus_leaves WHERE form IS NULL AND message = ?1
      UNION SELECT leaf, message, form, text FROM bus_leaves WHERE form IS NOT NULL AND leaf IN (
        SELECT number FROM bus_messages WHERE id = ?1
        UNION ALL SELECT leaf FROM bus_entries WHERE number = (SELECT number FROM bus_messages WHERE id = ?1)
        UNION ALL SELECT leaf FROM bus_gone WHERE message = ?1) ORDER BY leaf`,
    leaf: 'SELECT leaf, message, form, text FROM bus_leaves WHERE leaf = ?',
    'leaf-count': 'SELECT coalesce(max(leaf), 0) AS leaves FROM bus_leaves',
    dedupe:
      'SELECT tenant, sender, key, fingerprint, message, receipt, until FROM bus_dedupe WHERE tenant = ? AND sender = ? AND key = ? AND until > ?',
    'conversation-facts':
      'SELECT conversation, about, facts, overflowed, until FROM bus_conversation_facts WHERE conversation = ? AND until > ?',
    list: `SELECT ${messageColumns} FROM ${messages} WHERE m.id < ? ORDER BY m.id DESC LIMIT ?`,
    'list-by-status': `SELECT ${messageColumns} FROM ${messages} WHERE coalesce(s.status, 'pending') = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`,
    'list-rare': `SELECT ${messageColumns} FROM bus_states s JOIN bus_messages m ON m.number = s.number
      WHERE s.status = ?1 AND s.status NOT IN ('delivered', 'processing') AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3`,
    'dead-letters': `SELECT ${entryColumns} FROM ${entries} WHERE e.state = 'dead' AND e.message <= ?1 AND (e.message < ?1 OR e.ordinal > ?2)
      AND (?4 IS NULL OR (e.body ->> 0 = ?4 AND e.body ->> 1 = ?5)) AND (?6 IS NULL OR e.body ->> 15 = ?6)
      ORDER BY e.message DESC, e.ordinal LIMIT ?3`,
    'finished-bytes':
      'SELECT coalesce(sum(m.bytes), 0) AS bytes FROM bus_states s JOIN bus_messages m ON m.number = s.number WHERE s.settled_at <> 0',
    outlived: `SELECT m.number, m.id, m.bytes FROM bus_states s JOIN bus_messages m ON m.number = s.number
      WHERE s.settled_at <> 0 AND ((s.dead = 0 AND s.settled_at < ?) OR (s.dead = 1 AND s.settled_at < ?)) ORDER BY s.number LIMIT ?`,
    oldest: `SELECT number, id, bytes FROM (SELECT m.number, m.id, m.bytes, s.dead FROM bus_states s JOIN bus_messages m ON m.number = s.number
      WHERE s.settled_at <> 0 AND s.dead = 0 ORDER BY s.number LIMIT ?1)
      UNION ALL SELECT number, id, bytes FROM (SELECT m.number, m.id, m.bytes FROM bus_states s JOIN bus_messages m ON m.number = s.number
      WHERE s.settled_at <> 0 AND s.dead = 1 ORDER BY s.number LIMIT ?1) LIMIT ?1`,
  },
});
