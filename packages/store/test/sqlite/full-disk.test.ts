import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { outcomeOf } from '../support/outcomes.js';

/** A file system of one megabyte, or a visible skip where none can be mounted. */
const smallDisk = (context: TestContext): string => {
  const directory = temporaryDirectory();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' });
  } catch {
    return context.skip('a small file system can be mounted only by root, on Linux');
  }
  onTestFinished(() => void execFileSync('umount', [directory]));
  return directory;
};

const add = (name: string) => [{ namespace: 'rows', statement: 'add', values: [name] }];

test('a full disk acknowledges nothing, keeps what was, and recovers when there is room', async (context) => {
  const directory = smallDisk(context);
  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace] });
  await store.commit(add('before'));
  const ballast = join(directory, 'ballast');
  writeFileSync(ballast, Buffer.alloc(400 * 1024));

  const names = Array.from({ length: 40 }, (_, place) => `${place}`.padEnd(16_384, '.'));
  const kept: string[] = ['before'];
  const outcomes = new Set<string>();
  for (const name of names) {
    const outcome = await outcomeOf(store.commit(add(name)));
    outcomes.add(outcome);
    if (outcome === 'kept') kept.push(name);
  }
  expect(outcomes).toEqual(new Set(['kept', 'STORE_UNAVAILABLE']));
  expect(store.counts.failedUnits).toBeGreaterThan(0);
  const readNames = (): readonly unknown[] => store.read('rows', 'all', []).map((row) => row['name']);
  expect(readNames()).toEqual(kept);

  // Until nothing fits any more: a write that is small enough may.
  for (let number = 0; (await outcomeOf(store.commit(add(`small ${number}`)))) === 'kept'; number++) {
    kept.push(`small ${number}`);
  }
  const asked = await Promise.all([outcomeOf(store.checkWritable()), outcomeOf(store.checkWritable())]);
  expect(asked).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);

  rmSync(ballast);
  await store.checkWritable();
  const [result] = await store.commit(add('after'));
  expect(result?.lastInsertRowid).toBe(kept.length + 1);
  expect(readNames()).toEqual([...kept, 'after']);
});
