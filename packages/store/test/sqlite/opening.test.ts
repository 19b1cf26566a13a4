import { closeSync, openSync, readdirSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory, type Namespace, openSqliteStore, type Store } from '../../src/index.js';
import { rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { thrownBy } from '../support/outcomes.js';

const fileOf = (directory: string): string => join(directory, 'store.sqlite');

const fill = async (directory: string): Promise<void> => {
  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  const units = Array.from({ length: 200 }, (_, place) => ({
    namespace: 'rows',
    statement: 'add',
    values: [`${place}`.repeat(40)],
  }));
  await store.commit(units);
};

/** Overwrites each page that holds the text: one of the table, one of its index. */
const overwritePages = (file: string, text: string): void => {
  const bytes = readFileSync(file);
  const descriptor = openSync(file, 'r+');
  for (let place = bytes.indexOf(text); place >= 0; place = bytes.indexOf(text, place + 1)) {
    writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, place - (place % 4096));
  }
  closeSync(descriptor);
};

const names = (store: Store): readonly unknown[] => store.read('rows', 'all', []).map((row) => row['name']);

test('what was committed is there after a close, all in one file', async () => {
  const directory = temporaryDirectory();
  await fill(directory);
  expect(readdirSync(directory).toSorted()).toEqual(['owner.lock', 'store.sqlite', 'store.sqlite-mark']);
  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  expect(names(store)).toHaveLength(200);
  const [result] = await store.commit([{ namespace: 'rows', statement: 'add', values: ['next'] }]);
  expect(result?.lastInsertRowid).toBe(201);
});

test('an open store owns its directory, and gives it up when it is closed or could not be opened', async () => {
  const directory = temporaryDirectory();
  const bad: Namespace = { ...rowsNamespace, migrations: ['nonsense'] };
  await expect(openSqliteStore({ directory, namespaces: [bad] })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
  const store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  await expect(openSqliteStore({ directory, namespaces: [] })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await store.close();
  lockDirectory(directory)[Symbol.dispose]();
});

test('a namespace grows by its migrations, each once, and keeps its rows', async () => {
  const directory = temporaryDirectory();
  await fill(directory);
  const grown: Namespace = {
    ...rowsNamespace,
    migrations: [...rowsNamespace.migrations, 'ALTER TABLE rows_items ADD COLUMN colour TEXT'],
    reads: { all: 'SELECT name, colour FROM rows_items WHERE colour IS NULL' },
  };
  for (let round = 0; round < 2; round++) {
    await using store = await openSqliteStore({ directory, namespaces: [grown] });
    expect(names(store)).toHaveLength(200);
  }
  await expect(openSqliteStore({ directory, namespaces: [rowsNamespace] })).rejects.toMatchObject({
    code: 'STORE_VERSION_UNSUPPORTED',
    details: { namespace: 'rows', found: 2, supported: 1 },
  });
});

test('a migration that fails leaves the version before it', async () => {
  const directory = temporaryDirectory();
  await fill(directory);
  const half = 'CREATE TABLE rows_more (id INTEGER PRIMARY KEY); INSERT INTO rows_more VALUES (1), (1)';
  const bad: Namespace = { ...rowsNamespace, migrations: [...rowsNamespace.migrations, half] };
  await expect(openSqliteStore({ directory, namespaces: [bad] })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
  const mended = { ...bad, migrations: [...rowsNamespace.migrations, 'CREATE TABLE rows_more (id)'] };
  await using store = await openSqliteStore({ directory, namespaces: [mended] });
  expect(names(store)).toHaveLength(200);
});

test('a file that is no store is said to be damaged', async () => {
  const directory = temporaryDirectory();
  writeFileSync(fileOf(directory), 'This is a text, and no database at all. '.repeat(100));
  await expect(openSqliteStore({ directory, namespaces: [] })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});

test('a truncated file is said to be damaged', async () => {
  const directory = temporaryDirectory();
  await fill(directory);
  truncateSync(fileOf(directory), 8192);
  await expect(openSqliteStore({ directory, namespaces: [rowsNamespace] })).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
  });
});

test('a page that was overwritten is found at the open, or in a large file when it is read', async () => {
  const directory = temporaryDirectory();
  await fill(directory);
  overwritePages(fileOf(directory), '150'.repeat(40));
  await expect(openSqliteStore({ directory, namespaces: [rowsNamespace] })).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
  });

  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace], checkUpToBytes: 0 });
  expect(thrownBy(() => names(store))).toMatchObject({ code: 'STORE_CORRUPT' });
  expect(thrownBy(() => [...store.iterate('rows', 'all', [])])).toMatchObject({ code: 'STORE_CORRUPT' });
});
