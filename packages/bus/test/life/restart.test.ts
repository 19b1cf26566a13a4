import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { constitutionalHash } from '@charterbus/core-models';
import { defaultConstitutionDirectory, readConstitutionDirectory } from '@charterbus/policy-client';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { refusal } from '../support/fleet.js';

const temporary = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-life-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

/** The constitution that ships, at another revision. */
const revised = async (revision: number): Promise<string> => {
  const directory = join(await temporary(), 'constitution');
  await cp(defaultConstitutionDirectory, directory, { recursive: true });
  const manifest = join(directory, 'manifest.yaml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^revision: .*$/m, `revision: ${revision}`));
  return directory;
};

const hashOf = async (directory: string) => constitutionalHash(await readConstitutionDirectory(directory));

/** A bus on the directory; the test closes it. */
const start = async (directory: string, constitution: string) => {
  const bus = await createBus({ constitution, backend: sqliteBackend({ directory }) });
  const stage = async (from: string) =>
    (await bus.operations.constitution.stage(await readConstitutionDirectory(from))).hash;
  return { bus, stage, inForce: bus.constitution.hash, operations: bus.operations.constitution };
};

const setting = async () => {
  const [data, first, second] = [await temporary(), await revised(10), await revised(11)];
  return { data, first, second, firstHash: await hashOf(first), secondHash: await hashOf(second) };
};

test('what was activated is in force after a restart, with its history', async () => {
  const { data, first, second, secondHash } = await setting();
  const { bus, stage, operations } = await start(data, first);
  await operations.activate(await stage(second), { why: 'better', by: 'ada' });
  await bus.drain(0);
  const again = await start(data, first);
  expect(again.inForce).toBe(secondHash);
  expect(again.operations.history.map(({ kind, why }) => `${kind}: ${why}`)).toEqual([
    'activate: better',
    'start: first start',
  ]);
  expect(again.operations.activation).toMatchObject({ number: 2, by: 'ada' });
  await again.bus.drain(0);
});

test('what was staged only is not in force, and no longer staged', async () => {
  const { data, first, second, firstHash } = await setting();
  const { bus, stage } = await start(data, first);
  await stage(second);
  await bus.drain(0);
  const again = await start(data, first);
  expect([again.inForce, again.operations.staged]).toEqual([firstHash, []]);
  await again.bus.drain(0);
});

test('a rollback is in force after a restart, and leads further back from files that were kept', async () => {
  const { data, first, second, firstHash } = await setting();
  const third = await revised(12);
  const { bus, stage, operations } = await start(data, first);
  await operations.activate(await stage(second), { why: 'better' });
  await operations.activate(await stage(third), { why: 'best' });
  await operations.rollback({ why: 'no' });
  await bus.drain(0);
  const again = await start(data, first);
  expect(again.inForce).toBe(await hashOf(second));
  await again.operations.rollback({ why: 'no, too' });
  expect(again.bus.constitution.hash).toBe(firstHash);
  await again.bus.drain(0);
});

test('a configured constitution that has changed since the last start is newer, and comes into force', async () => {
  const { data, first, second } = await setting();
  const third = await revised(12);
  const { bus, stage, operations } = await start(data, first);
  await operations.activate(await stage(second), { why: 'better' });
  await bus.drain(0);
  const again = await start(data, third);
  expect(again.inForce).toBe(await hashOf(third));
  expect(again.operations.activation).toMatchObject({ kind: 'start', number: 3 });
  await again.bus.drain(0);
});

test('one that has changed to an older revision does not, until it is rolled back to', async () => {
  const { data, first, second, secondHash } = await setting();
  const older = await revised(9);
  const { bus, stage, operations } = await start(data, first);
  await operations.activate(await stage(second), { why: 'better' });
  await bus.drain(0);
  const again = await start(data, older);
  expect(again.inForce).toBe(secondHash);
  expect((await refusal(again.operations.activate(await again.stage(older), { why: 'x' }))).code).toBe(
    'CONSTITUTION_OUTDATED',
  );
  await again.bus.drain(0);
});

test('the grace of the hash before goes on through a restart', async () => {
  const { data, first, second } = await setting();
  const { bus, stage, operations } = await start(data, first);
  const { shortHash } = bus.constitution;
  await operations.activate(await stage(second), { why: 'better' });
  await bus.drain(0);
  const again = await start(data, first);
  const { handle: planner } = await again.bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  await again.bus.register({ tenant: 'acme', id: 'worker' });
  const draft = { to: { agent: 'worker' }, type: 'query', content: 1, constitutionalHash: shortHash } as const;
  expect((await planner.send(draft)).status).toBe('accepted');
  await again.bus.drain(0);
});

test('what was kept is in force only if it is all there', async () => {
  const { data, first, second } = await setting();
  const { bus, stage, operations } = await start(data, first);
  await operations.activate(await stage(second), { why: 'better' });
  await bus.drain(0);
  const store = new DatabaseSync(join(data, 'store.sqlite'));
  store.exec("DELETE FROM life_files WHERE path = 'tests/tenants.yaml'");
  store.close();
  expect((await refusal(start(data, first))).code).toBe('STORE_CORRUPT');
});
