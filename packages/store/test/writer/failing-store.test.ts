import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrateAll } from '../../src/database/migrations.js';
import { writerSource } from '../../src/sqlite/database-file.js';
import { rowsNamespace } from '../../src/testing/index.js';
import { BatchWriter, type HandleSource } from '../../src/writer/batch-writer.js';
import { CommitQueue } from '../../src/writer/commit-queue.js';
import { temporaryDirectory } from '../support/directories.js';
import { outcomeOf } from '../support/outcomes.js';

const add = (name: string) => [{ namespace: 'rows', statement: 'add', values: [name] }];

/** A real file whose handles fail as a disk would, when told to. */
class FailingDisk implements HandleSource {
  readonly file = join(temporaryDirectory(), 'store.sqlite');
  /** Extended result code that the next commits fail with. */
  failCommits: number | undefined;
  failOpen = false;
  handles = 0;
  readonly #source = writerSource(this.file);

  constructor() {
    const database = this.#source.open();
    migrateAll(database, [rowsNamespace]);
    database.close();
  }

  open(): DatabaseSync {
    if (this.failOpen) throw sqliteError(14, 'unable to open database file');
    this.handles += 1;
    const database = this.#source.open();
    const prepare = database.prepare.bind(database);
    database.prepare = (sql) => {
      const statement = prepare(sql);
      const run = statement.run.bind(statement);
      if (sql === 'COMMIT') {
        statement.run = () => {
          if (this.failCommits !== undefined) throw sqliteError(this.failCommits, 'disk I/O error');
          return run();
        };
      }
      return statement;
    };
    return database;
  }

  discard(database: DatabaseSync): void {
    this.#source.discard(database);
  }

  committed(): void {
    this.#source.committed();
  }

  retire(database: DatabaseSync): void {
    this.#source.retire(database);
  }

  names(): readonly unknown[] {
    const database = new DatabaseSync(this.file, { readOnly: true });
    const rows = database.prepare('SELECT name FROM rows_items ORDER BY id').all();
    database.close();
    return rows.map((row) => row['name']);
  }
}

const sqliteError = (errcode: number, message: string): Error =>
  Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });

/** `SQLITE_IOERR_FSYNC` (https://sqlite.org/rescode.html#ioerr_fsync). */
const failedSync = 1034;
const damaged = 11;

test('a failed fsync acknowledges nothing, is never tried again on the same handle, and a later success is good', async () => {
  const disk = new FailingDisk();
  const queue = new CommitQueue(new BatchWriter(disk, [rowsNamespace]));
  await queue.commit(add('before'));
  expect(disk.handles).toBe(1);

  disk.failCommits = failedSync;
  const lost = [queue.commit(add('lost')), queue.commit(add('lost too'))].map(outcomeOf);
  expect(await Promise.all(lost)).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
  expect(await outcomeOf(queue.commit(add('again')))).toBe('STORE_UNAVAILABLE');
  expect(disk.handles).toBe(2);

  disk.failCommits = undefined;
  const [result] = await queue.commit(add('after'));
  expect(disk.handles).toBe(3);
  expect(result).toEqual({ changes: 1, lastInsertRowid: 2 });
  expect(queue.counts).toMatchObject({ units: 2, failedUnits: 3, commits: 2, waitingUnits: 0 });
  queue.close();
  expect(disk.names()).toEqual(['before', 'after']);
});

test('a file that cannot be opened again fails each commit until it can', async () => {
  const disk = new FailingDisk();
  const queue = new CommitQueue(new BatchWriter(disk, [rowsNamespace]));
  disk.failCommits = failedSync;
  expect(await outcomeOf(queue.commit(add('a')))).toBe('STORE_UNAVAILABLE');
  disk.failCommits = undefined;
  disk.failOpen = true;
  expect(await outcomeOf(queue.commit(add('b')))).toBe('STORE_UNAVAILABLE');
  disk.failOpen = false;
  await queue.commit(add('c'));
  queue.close();
  expect(disk.names()).toEqual(['c']);
});

test('a failure among units that are tried one by one leaves what was committed before it', async () => {
  const disk = new FailingDisk();
  const queue = new CommitQueue(new BatchWriter(disk, [rowsNamespace]));
  await queue.commit(add('taken'));
  const ending = [{ namespace: 'rows', statement: 'addOrRollBack', values: ['taken'] }];
  const units = [queue.commit(add('a')), queue.commit(ending), queue.commit(add('b'))];
  disk.failCommits = failedSync;
  const codes = await Promise.all(units.map(outcomeOf));
  expect(codes).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
  queue.close();
  expect(disk.names()).toEqual(['taken']);
});

test('damage is said as damage', async () => {
  const disk = new FailingDisk();
  const queue = new CommitQueue(new BatchWriter(disk, [rowsNamespace]));
  disk.failCommits = damaged;
  expect(await outcomeOf(queue.commit(add('a')))).toBe('STORE_CORRUPT');
  queue.close();
});

test('a handle that cannot even be closed is left behind', async () => {
  const disk = new FailingDisk();
  const queue = new CommitQueue(
    new BatchWriter(
      {
        open: () => disk.open(),
        discard: () => {
          throw sqliteError(5, 'unable to close');
        },
        committed: () => undefined,
        retire: () => undefined,
      },
      [rowsNamespace],
    ),
  );
  disk.failCommits = failedSync;
  const error = await queue.commit(add('a')).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'STORE_UNAVAILABLE',
    cause: { errors: [{ errcode: failedSync }, { errcode: 5 }] },
  });
});
