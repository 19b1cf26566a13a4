import type { Namespace } from '@charterbus/store';
import { plainBytes } from './plain.js';
import { migrations } from './sqlite-migrations.js';
import { positionsPerMs } from './turn.js';

/** What a message counts among the finished ones. */
const bytes = `coalesce(m.bytes, octet_length(m.envelope) + ${plainBytes})`;
/** The moment of a plain one. */
const moment = `m.position / ${positionsPerMs} - m.ahead`;
const plainColumns = 'm.form, m.position, m.ahead, m.sent, m.received';
/** A plain end is the last that is said of a message, whatever was written before. */
const standing = `CASE WHEN d.leaf IS NULL THEN s.status ELSE 'delivered' END AS status,
  coalesce(d.at, s.settled_at, 0) AS settled_at, coalesce(s.dead, 0) AS dead`;
const endColumns = 'd.at AS ended, d.granted, d.token';
const messageColumns = `m.number, m.id, m.digest, m.record, ${plainColumns}, ${standing}, ${endColumns}`;
const stated = 'LEFT JOIN bus_states s ON s.number = m.number';
const ended = 'LEFT JOIN bus_ends d ON d.number = m.number AND d.token IS NOT NULL';
const messages = `bus_messages m ${stated} ${ended}`;
const isUnfinished = 'd.leaf IS NULL AND coalesce(s.settled_at, 0) = 0';
/** Plain, and as it was admitted. */
const isUntouched = `m.form IS NOT NULL AND s.number IS NULL AND NOT EXISTS (SELECT 1 FROM bus_entries o WHERE o.number = m.number)`;
/** Numbers of all others, and of some that have ended. */
const touched = `SELECT number FROM bus_messages WHERE form IS NULL
  UNION SELECT number FROM bus_states WHERE settled_at = 0 UNION SELECT number FROM bus_entries`;
const entryColumns = 'e.number, e.ordinal, e.message, e.state, e.body, m.digest';
const entries = 'bus_entries e JOIN bus_messages m ON m.number = e.number';

/** The number of a message that may not be at hand. */
const numberOf = (number: string, id: string): string =>
  `coalesce(${number}, (SELECT number FROM bus_messages WHERE id = ${id}))`;

/** The number of the next leaf: nothing that had one is ever deleted, so that they are dense. */
const nextLeaf = `1 + max(coalesce((SELECT max(leaf) FROM bus_leaves), 0),
  coalesce((SELECT max(number) FROM bus_messages), 0), coalesce((SELECT max(leaf) FROM bus_ends), 0))`;

const isFinished = 'EXISTS (SELECT 1 FROM bus_states WHERE number = ?1 AND settled_at <> 0)';
/** Those of a list in JSON that have ended plainly, which nothing changes any more. */
const theseEnded = `IN (SELECT d.number FROM json_each(?1) j JOIN bus_ends d ON d.number = j.value AND d.token IS NOT NULL)`;

const leave = `INSERT OR IGNORE INTO bus_left (number, id, digest, form, at, ended)
  SELECT m.number, m.id, m.digest, m.form, ${moment}, d.leaf FROM bus_messages m ${ended}`;

/** All leaves of which the condition on their own table holds. */
const leavesWhere = (own: readonly string[], plain: string, left: string, end: string): string =>
  `${own.map((where) => `SELECT leaf, message, form, text, NULL AS digest, NULL AS at, 0 AS ends FROM bus_leaves WHERE ${where}`).join(' UNION ALL ')}
  UNION ALL SELECT m.number, m.id, m.form, NULL, m.digest, ${moment}, 0 FROM bus_messages m WHERE m.form IS NOT NULL AND ${plain}
  UNION ALL SELECT l.number, l.id, l.form, NULL, l.digest, l.at, 0 FROM bus_left l WHERE ${left}
  UNION ALL SELECT d.leaf, coalesce(m.id, l.id), coalesce(m.form, l.form), NULL, coalesce(m.digest, l.digest), d.at, 1 FROM bus_ends d
    LEFT JOIN bus_messages m ON m.number = d.number LEFT JOIN bus_left l ON l.number = d.number WHERE ${end} ORDER BY leaf`;

/** Leaves as usage reads them, by their numbers: a message's bytes where it is still kept. */
const usage = `SELECT leaf, form, text, NULL AS at, 0 AS ends, 0 AS plain,
    (SELECT content_bytes FROM bus_messages WHERE number = leaf) AS bytes FROM bus_leaves WHERE leaf > ?1 AND leaf <= ?2
  UNION ALL SELECT m.number, m.form, NULL, ${moment}, 0, 1, octet_length(m.envelope) FROM bus_messages m
    WHERE m.form IS NOT NULL AND m.number > ?1 AND m.number <= ?2
  UNION ALL SELECT l.number, l.form, NULL, l.at, 0, 1, NULL FROM bus_left l WHERE l.number > ?1 AND l.number <= ?2
  UNION ALL SELECT d.leaf, coalesce(m.form, l.form), NULL, d.at, 1, 1, NULL FROM bus_ends d
    LEFT JOIN bus_messages m ON m.number = d.number LEFT JOIN bus_left l ON l.number = d.number
    WHERE d.leaf > ?1 AND d.leaf <= ?2 ORDER BY leaf`;

const numberOfMessage = '(SELECT number FROM bus_messages WHERE id = ?1)';

/** The tables of the bus in a shared store. */
export const busNamespace: Namespace = Object.freeze({
  name: 'bus',
  migrations,
  writes: {
    epoch: 'INSERT INTO bus_epochs DEFAULT VALUES',
    form: 'INSERT OR IGNORE INTO bus_forms (form, text) VALUES (?, ?)',
    leaf: `INSERT INTO bus_leaves (leaf, message, text) VALUES (${nextLeaf}, ?, ?)`,
    'formed-leaf': `INSERT INTO bus_leaves (leaf, message, form, text) VALUES (${nextLeaf}, ?, ?, ?)`,
    'plain-message': `INSERT INTO bus_messages (number, id, digest, form, position, ahead, sent, received, envelope)
      VALUES (${nextLeaf}, ?, ?, ?, ?, ?, ?, ?, ?)`,
    'plain-end': `INSERT INTO bus_ends (leaf, number, at, granted, token) VALUES (${nextLeaf}, ?, ?, ?, ?)`,
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
    'leave-plain': `${leave} WHERE m.number = ?1 AND m.form IS NOT NULL AND ${isFinished}`,
    'leave-first': `INSERT OR IGNORE INTO bus_gone (message, leaf) SELECT id, number FROM bus_messages WHERE number = ?1 AND form IS NULL AND ${isFinished}`,
    'leave-others': `INSERT OR IGNORE INTO bus_gone (message, leaf) SELECT message, leaf FROM bus_entries WHERE number = ?1 AND leaf IS NOT NULL AND ${isFinished}`,
    'drop-entries': `DELETE FROM bus_entries WHERE number = ?1 AND ${isFinished}`,
    'drop-message': `DELETE FROM bus_messages WHERE number = ?1 AND ${isFinished}`,
    'drop-state': 'DELETE FROM bus_states WHERE number = ? AND settled_at <> 0',
    // Many at a time: to drop a plain message is not to cost more than to have it.
    'leave-ended': `${leave} WHERE m.number ${theseEnded}`,
    'drop-ended-entries': `DELETE FROM bus_entries WHERE number ${theseEnded}`,
    'drop-ended-states': `DELETE FROM bus_states WHERE number ${theseEnded}`,
    'drop-ended-messages': `DELETE FROM bus_messages WHERE number ${theseEnded}`,
    'drop-ends':
      'UPDATE bus_ends SET granted = NULL, token = NULL WHERE token IS NOT NULL AND number IN (SELECT value FROM json_each(?1))',
    'drop-dedupe': 'DELETE FROM bus_dedupe WHERE until <= ?',
    'drop-conversation-facts': 'DELETE FROM bus_conversation_facts WHERE until <= ?',
  },
  reads: {
    form: 'SELECT text FROM bus_forms WHERE form = ?',
    'last-form': 'SELECT coalesce(max(form), 0) AS form FROM bus_forms',
    message: `SELECT ${messageColumns} FROM ${messages} WHERE m.id = ?`,
    envelope: `SELECT m.number, m.id, m.envelope, m.digest, m.form, ${moment} AS at,
      coalesce(m.content_bytes, octet_length(m.envelope)) AS content_bytes, ${bytes} AS bytes FROM bus_messages m WHERE m.id = ?`,
    bytes: `SELECT ${bytes} AS bytes FROM bus_messages m WHERE m.id = ?`,
    entries: `SELECT ${entryColumns} FROM ${entries} WHERE m.id = ? ORDER BY e.ordinal`,
    unfinished: `SELECT ${messageColumns} FROM ${messages} WHERE ${isUnfinished} ORDER BY m.number`,
    'unfinished-others': `SELECT ${messageColumns} FROM ${messages} WHERE ${isUnfinished} AND m.number IN (${touched}) ORDER BY m.number`,
    waiting: `SELECT m.number, m.form, m.position FROM ${messages} WHERE m.number > ? AND ${isUnfinished} AND ${isUntouched} ORDER BY m.number LIMIT ?`,
    recalled: `SELECT m.number, m.id, m.digest, ${plainColumns}, ${moment} AS at, m.envelope, octet_length(m.envelope) AS content_bytes, ${bytes} AS bytes,
      NULL AS ended FROM json_each(?) j JOIN bus_messages m ON m.number = j.value WHERE m.form IS NOT NULL ORDER BY j.key`,
    id: 'SELECT id FROM bus_messages WHERE number = ?',
    'unfinished-entries': `SELECT ${entryColumns} FROM ${entries} ${stated} ${ended}
      WHERE ${isUnfinished} ORDER BY e.number, e.ordinal`,
    leaves: leavesWhere(
      [
        'form IS NULL AND message = ?1',
        `form IS NOT NULL AND leaf IN (SELECT number FROM bus_messages WHERE id = ?1
          UNION ALL SELECT leaf FROM bus_entries WHERE number = ${numberOfMessage}
          UNION ALL SELECT leaf FROM bus_gone WHERE message = ?1)`,
      ],
      'm.id = ?1',
      'l.id = ?1',
      `d.leaf IN (SELECT leaf FROM bus_ends WHERE token IS NOT NULL AND number = ${numberOfMessage}
        UNION ALL SELECT ended FROM bus_left WHERE id = ?1)`,
    ),
    leaf: leavesWhere(['leaf = ?1'], 'm.number = ?1', 'l.number = ?1', 'd.leaf = ?1'),
    usage,
    'leaf-count': `SELECT ${nextLeaf} - 1 AS leaves`,
    dedupe:
      'SELECT tenant, sender, key, fingerprint, message, receipt, until FROM bus_dedupe WHERE tenant = ? AND sender = ? AND key = ? AND until > ?',
    'conversation-facts':
      'SELECT conversation, about, facts, overflowed, until FROM bus_conversation_facts WHERE conversation = ? AND until > ?',
    list: `SELECT ${messageColumns} FROM ${messages} WHERE m.id < ? ORDER BY m.id DESC LIMIT ?`,
    'list-by-status': `SELECT ${messageColumns} FROM ${messages}
      WHERE CASE WHEN d.leaf IS NULL THEN coalesce(s.status, 'pending') ELSE 'delivered' END = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`,
    'list-rare': `SELECT ${messageColumns} FROM bus_states s JOIN bus_messages m ON m.number = s.number ${ended}
      WHERE s.status = ?1 AND s.status NOT IN ('delivered', 'processing') AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3`,
    'dead-letters': `SELECT ${entryColumns} FROM ${entries} WHERE e.state = 'dead' AND e.message <= ?1 AND (e.message < ?1 OR e.ordinal > ?2)
      AND (?4 IS NULL OR (e.body ->> 0 = ?4 AND e.body ->> 1 = ?5)) AND (?6 IS NULL OR e.body ->> 15 = ?6)
      ORDER BY e.message DESC, e.ordinal LIMIT ?3`,
    'finished-bytes': `SELECT (SELECT coalesce(sum(${bytes}), 0) FROM bus_states s JOIN bus_messages m ON m.number = s.number WHERE s.settled_at <> 0)
      + (SELECT coalesce(sum(${bytes}), 0) FROM bus_ends d JOIN bus_messages m ON m.number = d.number WHERE d.token IS NOT NULL) AS bytes`,
    outlived: `SELECT m.number, m.id, ${bytes} AS bytes FROM bus_states s JOIN bus_messages m ON m.number = s.number
      WHERE s.settled_at <> 0 AND ((s.dead = 0 AND s.settled_at < ?) OR (s.dead = 1 AND s.settled_at < ?)) ORDER BY s.number LIMIT ?`,
    // In the order of their admission: whoever reads stops where nothing can have ended before the moment in question.
    ended: `SELECT m.number, m.id, ${bytes} AS bytes, ${moment} AS admitted, d.at AS ended FROM bus_ends d
      JOIN bus_messages m ON m.number = d.number WHERE d.token IS NOT NULL ORDER BY d.number`,
    oldest: `SELECT number, id, bytes, plain FROM (
        SELECT number, id, bytes, 1 AS plain FROM (SELECT m.number, m.id, ${bytes} AS bytes FROM bus_ends d
          JOIN bus_messages m ON m.number = d.number WHERE d.token IS NOT NULL ORDER BY d.number LIMIT ?1)
        UNION ALL SELECT number, id, bytes, 0 FROM (SELECT m.number, m.id, ${bytes} AS bytes FROM bus_states s
          JOIN bus_messages m ON m.number = s.number WHERE s.settled_at <> 0 AND s.dead = 0 ORDER BY s.number LIMIT ?1)
      ) ORDER BY number LIMIT ?1`,
    'oldest-dead': `SELECT m.number, m.id, ${bytes} AS bytes, 0 AS plain FROM bus_states s
      JOIN bus_messages m ON m.number = s.number WHERE s.settled_at <> 0 AND s.dead = 1 ORDER BY s.number LIMIT ?1`,
  },
});
