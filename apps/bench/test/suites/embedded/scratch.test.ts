import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { countCommits, scratchDirectory } from '../../../src/suites/embedded/scratch.js';

test('commits are counted as SQLite counts them', () => {
  using directory = scratchDirectory();
  const file = join(directory.path, 'some.sqlite');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE line (text TEXT)');
  const commits = countCommits(file);
  const before = commits();
  for (let index = 0; index < 7; index++) database.exec("INSERT INTO line VALUES ('one')");
  database.exec("BEGIN; INSERT INTO line VALUES ('two'); INSERT INTO line VALUES ('two'); COMMIT");
  database.exec("BEGIN; INSERT INTO line VALUES ('none'); ROLLBACK");
  database.exec('PRAGMA wal_checkpoint');
  expect(commits() - before).toBe(8);
  database.close();
});

test('a scratch directory goes with its scope', () => {
  let path: string;
  {
    using directory = scratchDirectory();
    path = directory.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});
