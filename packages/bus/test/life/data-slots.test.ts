import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConstitutionDirectory } from '@charterbus/policy-client';
import { expect, onTestFinished, test } from 'vitest';
import { type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { refusal } from '../support/fleet.js';

const manifest = `format: charterbus.constitution/1
name: limits
revision: 1
engine: cedar
tests: optional
facts:
  types: { Limit: { bytes: int } }
  tables: { limits: { slot: limits, row: Limit } }
  send: { most: 'limits["all"].bytes' }
`;
const policies = `@id("small") permit (principal, action == Action::"send", resource) when { context.contentBytes <= context.most };
@id("receive") permit (principal, action == Action::"receive", resource);
`;

const slot = (bytes: number) => ({
  path: 'limits.json',
  bytes: Buffer.from(JSON.stringify({ all: { bytes } })),
});

const setting = async () => {
  const root = await mkdtemp(join(tmpdir(), 'charterbus-slots-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const [constitution, data] = [join(root, 'constitution'), join(root, 'slots')];
  await mkdir(join(constitution, 'policies'), { recursive: true });
  await mkdir(data);
  await writeFile(join(constitution, 'manifest.yaml'), manifest);
  await writeFile(join(constitution, 'policies', 'limits.cedar'), policies);
  await writeFile(join(data, 'limits.json'), slot(4).bytes);
  await writeFile(join(data, 'unused.json'), '{}');
  const open = () => createBus({ constitution, data, backend: sqliteBackend({ directory: join(root, 'store') }) });
  const write = (bytes: number) => writeFile(join(data, 'limits.json'), slot(bytes).bytes);
  return { open, write, files: await readConstitutionDirectory(constitution) };
};

const sender = async (bus: Bus) => {
  const { handle } = await bus.register({ tenant: 'acme', id: `planner-${bus.operations.agents().agents.length}` });
  await bus.register({ tenant: 'acme', id: `worker-${bus.operations.agents().agents.length}` });
  const to = { agent: bus.operations.agents().agents.at(-1)?.id ?? '' };
  return (content: string) => handle.send({ to, type: 'query', content });
};

test('newer data comes into force with an activation, and is there after a restart', async () => {
  const { open, files } = await setting();
  const bus = await open();
  const send = await sender(bus);
  expect((await refusal(send('too long'))).code).toBe('POLICY_DEFAULT_DENY');
  const before = bus.constitution;
  const staged = await bus.operations.constitution.stage(files, { slots: [slot(100)] });
  expect([staged.hash === before.hash, staged.dataVersion === before.dataVersion]).toEqual([true, false]);
  await bus.operations.constitution.activate(staged.hash, { why: 'newer limits' });
  await send('no longer too long');
  await bus.drain(0);
  const again = await open();
  expect(again.constitution.dataVersion).toBe(staged.dataVersion);
  await (await sender(again))('no longer too long');
  await again.operations.constitution.rollback({ why: 'as before' });
  expect(again.constitution.dataVersion).toBe(before.dataVersion);
  await again.drain(0);
});

test('without data of its own a staged constitution gets that which is in force', async () => {
  const { open, files } = await setting();
  const bus = await open();
  const next = files.map((file) =>
    file.path === 'manifest.yaml'
      ? { ...file, bytes: Buffer.from(manifest.replace('revision: 1', 'revision: 2')) }
      : file,
  );
  const { hash } = await bus.operations.constitution.stage(next);
  await bus.operations.constitution.activate(hash, { why: 'next' });
  expect(bus.constitution.slots).toEqual({ limits: expect.any(String) as string });
  const other = await refusal(bus.operations.constitution.stage(files, { slots: [] }));
  expect(other.code).toBe('CONSTITUTION_INVALID');
  await bus.drain(0);
});

test('newer files in the configured directory of data come into force with the next start', async () => {
  const { open, write } = await setting();
  const versions: string[] = [];
  for (const bytes of [4, 4, 5]) {
    await write(bytes);
    const bus = await open();
    versions.push(`${bus.operations.constitution.history.length} ${bus.constitution.dataVersion}`);
    await bus.drain(0);
  }
  expect(versions[1]).toBe(versions[0]);
  expect(versions[2]).toMatch(/^2 /);
  expect(versions[2]?.slice(2)).not.toBe(versions[0]?.slice(2));
});

test('newer data under the same hash end nobody’s grace', async () => {
  const { open, files } = await setting();
  const bus = await open();
  const { shortHash } = bus.constitution;
  const { handle } = await bus.register({ tenant: 'acme', id: 'planner' });
  await bus.register({ tenant: 'acme', id: 'worker' });
  const next = files.map(({ path, bytes }) =>
    path === 'manifest.yaml'
      ? { path, bytes: Buffer.from(manifest.replace('revision: 1', 'revision: 2')) }
      : { path, bytes },
  );
  for (const most of [100, 101]) {
    const { hash } = await bus.operations.constitution.stage(next, { slots: [slot(most)] });
    await bus.operations.constitution.activate(hash, { why: `limit ${most}` });
  }
  const draft = { to: { agent: 'worker' }, type: 'query', content: 1, constitutionalHash: shortHash } as const;
  expect((await handle.send(draft)).status).toBe('accepted');
  await bus.drain(0);
  const again = await open();
  const { handle: later } = await again.register({ tenant: 'acme', id: 'later' });
  expect((await later.send(draft)).status).toBe('accepted');
  await again.drain(0);
});
