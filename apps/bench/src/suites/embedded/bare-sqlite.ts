import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, systemRandom, uuidV7Source } from '@charterbus/core-models';
import { type Batch, concurrent, synchronous } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { payload } from '../payload.js';
import { countCommits, scratchDirectory } from './scratch.js';

/** The store's own settings, so that a sync is the same sync. */
const settings = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -65536;
  PRAGMA temp_store = MEMORY;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = 67108864;
  CREATE TABLE message (id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
`;

/** More than one checkpoint's worth of pages, so that the write-ahead log has its size. */
const soakingRows = 20_000;

const ids = uuidV7Source(systemClock, systemRandom);

type Insert = (n: number) => void;

const openBare = (batchOf: (insert: Insert, database: DatabaseSync) => Batch): OpenRow => {
  const directory = scratchDirectory();
  const file = join(directory.path, 'bare.sqlite');
  const database = new DatabaseSync(file);
  database.exec(settings);
  const statement = database.prepare('INSERT INTO message (id, content) VALUES (?, ?)');
  const insert: Insert = (n) => void statement.run(ids.next(), JSON.stringify(payload(n)));
  database.exec('BEGIN');
  for (let n = 0; n < soakingRows; n++) insert(n);
  database.exec('COMMIT');
  const commits = countCommits(file);
  return {
    batch: batchOf(insert, database),
    counts: () => ({ commits: commits() }),
    close: async () => {
      database.close();
      directory[Symbol.dispose]();
    },
  };
};

/** Rows that wait together share a commit; those that come during it share the next. */
const groupCommit = (insert: Insert, database: DatabaseSync) => {
  let waiting: { readonly n: number; readonly done: () => void }[] = [];
  const commit = (): void => {
    const group = waiting;
    waiting = [];
    database.exec('BEGIN');
    for (const { n } of group) insert(n);
    database.exec('COMMIT');
    for (const { done } of group) done();
  };
  return (n: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (waiting.length === 0) setImmediate(commit);
    waiting.push({ n, done: resolve });
    return promise;
  };
};

const leavesOut = 'envelope, entries, leaves, policies, dispatch, the second commit of the acknowledgement';

export const bareCommit = (name: string): Row => ({
  name,
  kind: 'limit',
  profile: 'SQLite (WAL, FULL), one row of id and content, one commit, one at a time',
  leavesOut,
  open: async () => openBare((insert) => synchronous(insert)),
});

export const bareGroupCommit = (name: string, senders: number): Row => ({
  name,
  kind: 'limit',
  profile: `SQLite (WAL, FULL), one row of id and content for each of ${senders} senders, those that wait together in one commit`,
  leavesOut,
  open: async () => openBare((insert, database) => concurrent(senders, groupCommit(insert, database))),
});
