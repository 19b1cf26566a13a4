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

/**
 * A message that asks for nothing in particular is a few small values beside its content: what it has in common with others
 * is a form, and the message is the leaf of its own admission. Its delivery is one small row, which is a leaf as well.
 */
const version5 = `
ALTER TABLE bus_messages RENAME TO bus_messages_v4;
CREATE TABLE bus_messages (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL,
  -- Of a plain one: its form, its position, by how much that is ahead of its moment, and how long after it its verdicts are.
  form INTEGER,
  position INTEGER,
  ahead INTEGER,
  sent INTEGER,
  received INTEGER,
  -- Of any other.
  record TEXT,
  content_bytes INTEGER,
  bytes INTEGER,
  -- Of a plain one its content alone.
  envelope TEXT NOT NULL
) STRICT;
INSERT INTO bus_messages (number, id, digest, record, content_bytes, bytes, envelope)
  SELECT number, id, digest, record, content_bytes, bytes, envelope FROM bus_messages_v4;
DROP TABLE bus_messages_v4;
-- So that a start finds them among a million that are plain.
CREATE INDEX bus_messages_general ON bus_messages (number) WHERE form IS NULL;
-- First deliveries of plain messages. The lease is forgotten with the message, the leaf stays.
CREATE TABLE bus_ends (
  leaf INTEGER PRIMARY KEY,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  granted INTEGER,
  token INTEGER
) STRICT;
CREATE UNIQUE INDEX bus_ends_kept ON bus_ends (number) WHERE token IS NOT NULL;
-- Leaves of the admissions of plain messages that have gone, with those of their ends.
CREATE TABLE bus_left (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  digest TEXT NOT NULL,
  form INTEGER NOT NULL,
  at INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE INDEX bus_left_by_id ON bus_left (id);
`;

/** SQL scripts; the n-th brings the tables to version n. */
export const migrations: readonly string[] = [version1, version2, version3, version4, version5];
