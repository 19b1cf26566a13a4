import { seededRandom } from '@charterbus/core-models';
import { Child } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { otherNamespace, rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

/** Kills a process that commits after some acknowledgements; the numbers that it had acknowledged. */
const acknowledgedBeforeKill = async (directory: string, start: number, after: number): Promise<readonly number[]> => {
  const child = new Child(new URL('../support/commit-forever.ts', import.meta.url), directory, String(start));
  onTestFinished(() => child.kill());
  const acknowledged: number[] = [];
  while (acknowledged.length < after) acknowledged.push(Number(await child.line()));
  await child.kill();
  for (let line = await child.line(); line !== undefined; line = await child.line()) {
    if (line !== '') acknowledged.push(Number(line));
  }
  return acknowledged;
};

test(`what was acknowledged is there after kill -9, and every unit is whole (seed ${seed})`, async () => {
  const directory = temporaryDirectory();
  const random = seededRandom(seed);
  const acknowledged = new Set<number>();
  for (let round = 0; round < 4; round++) {
    const after = 1 + (random.bytes(1)[0] ?? 0);
    for (const number of await acknowledgedBeforeKill(directory, round * 1_000_000, after)) acknowledged.add(number);

    await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] });
    const notes = store.read('other', 'all', []);
    const recovered = new Set(notes.map((row) => row['item']));
    expect([...acknowledged].filter((number) => !recovered.has(number))).toEqual([]);
    const names = store.read('rows', 'all', []).map((row) => row['name']);
    expect(new Set(names)).toEqual(new Set(notes.map((row) => row['note'])));
  }
});
