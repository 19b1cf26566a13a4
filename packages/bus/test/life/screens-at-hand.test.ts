import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ConstitutionFile } from '@charterbus/core-models';
import { loadConstitution } from '@charterbus/policy-client';
import { expect, onTestFinished, test } from 'vitest';
import { type BusOptions, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { refusal, startFleet } from '../support/fleet.js';
import { FakeScreen, screenedFiles } from '../support/screened-bus.js';

const missing = 'facts.screens.injection: this bus has no screen prompt-injection, but none.';
const other = 'facts.screens.injection: this bus has no screen prompt-injektion, but prompt-injection.';

const directory = async (files: readonly ConstitutionFile[] = []): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'charterbus-screens-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
  return root;
};

const screens = [new FakeScreen()];

test.each<readonly [string, () => Promise<BusOptions['constitution'] & {}>]>([
  ['a directory', () => directory(screenedFiles())],
  ['a loaded constitution', () => loadConstitution(screenedFiles())],
])('a bus does not open with %s that reads a screen which it does not have', async (_, made) => {
  const constitution = await made();
  const refused = await refusal(createBus({ constitution, screens: [] }));
  expect(refused).toMatchObject({
    code: 'CONFIGURATION_INVALID',
    details: { problems: [{ file: 'manifest.yaml', message: missing }], screens: ['prompt-injection'] },
  });
  expect(refused.message).toContain(missing);
});

test('nothing of it is left: with the screen, the bus opens, and again without it does not', async () => {
  const constitution = await directory(screenedFiles());
  const backend = sqliteBackend({ directory: await directory() });
  expect((await refusal(createBus({ constitution, backend, screens: [] }))).code).toBe('CONFIGURATION_INVALID');
  const bus = await createBus({ constitution, backend, screens });
  expect(bus.operations.constitution.history).toHaveLength(1);
  await bus.drain(0);
  expect((await refusal(createBus({ constitution, backend, screens: [] }))).code).toBe('CONFIGURATION_INVALID');
});

test('a constitution that reads a screen which the bus does not have cannot be staged', async () => {
  const { bus, failures } = await startFleet({ screens });
  const { constitution } = bus.operations;
  const refused = await refusal(constitution.stage(screenedFiles(1, 'prompt-injektion')));
  expect(refused).toMatchObject({
    code: 'CONSTITUTION_INVALID',
    details: { problems: [{ file: 'manifest.yaml', message: other }], screens: ['prompt-injektion'] },
  });
  const loaded = await loadConstitution(screenedFiles(1, 'prompt-injektion'));
  expect(() => constitution.stageLoaded(loaded)).toThrow(
    expect.objectContaining({ code: 'CONSTITUTION_INVALID' }) as Error,
  );
  expect(constitution.staged).toEqual([]);
  const { hash } = await constitution.stage(screenedFiles());
  await constitution.activate(hash, { why: 'it has this one' });
  expect(bus.constitution.hash).toBe(hash);
  expect(failures).toEqual([]);
});

test('of those that are offered at a start, one that reads a screen which is not there is passed over', async () => {
  const refusals: string[] = [];
  const offer = (files: readonly ConstitutionFile[]) => ({
    files,
    by: 'feed',
    why: 'newest',
    refuse: ({ code }: { readonly code: string }) => void refusals.push(code),
  });
  async function* offers() {
    yield offer(screenedFiles(2, 'prompt-injektion'));
    yield offer(screenedFiles(1));
  }
  const bus = await createBus({ constitution: { offers }, screens });
  onTestFinished(async () => void (await bus.drain(0)));
  expect([bus.constitution.revision, ...refusals]).toEqual([1, 'CONSTITUTION_INVALID']);
});
