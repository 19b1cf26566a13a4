import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, StoreError, sha256 } from '@charterbus/core-models';
import { type Namespace, openMemoryStore, openSqliteStore, type Store, type Write } from '@charterbus/store';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { openSqliteRegistry, registryNamespace } from '../../src/sqlite/index.js';
import { registryConformance } from '../../src/testing/index.js';

const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-registry-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const openStore = (directory = temporaryDirectory()): Promise<Store> =>
  openSqliteStore({ directory, namespaces: [registryNamespace] });

registryConformance({ describe, it }, async (options) => {
  const store = await openStore();
  onTestFinished(() => store.close());
  return openSqliteRegistry({ store, ...options });
});

const alice = { id: 'alice', tenant: 'acme' };

test('agents, their order and their tokens are there when the store is opened again', async () => {
  const directory = temporaryDirectory();
  const tokens: string[] = [];
  let before: readonly Agent[] = [];
  {
    await using store = await openStore(directory);
    await using registry = await openSqliteRegistry({ store });
    for (const id of ['c', 'a', 'b']) tokens.push((await registry.register({ ...alice, id, role: 'r' })).token);
    const { token } = await registry.register({ ...alice, capabilities: ['z', 'y'] });
    tokens.push(token);
    await registry.unregister({ tenant: 'acme', agent: 'a' });
    before = Array.from(registry.members('acme'));
  }
  await using store = await openStore(directory);
  await using registry = await openSqliteRegistry({ store });
  const after = Array.from(registry.members('acme'));
  expect(after).toEqual(before);
  expect(after.every((agent) => Object.isFrozen(agent) && Object.isFrozen(agent.capabilities))).toBe(true);
  expect(registry.authenticate(tokens[3] ?? '').agent).toBe(registry.find({ tenant: 'acme', agent: 'alice' }));
  expect(() => registry.authenticate(tokens[1] ?? '')).toThrow('The credential is not valid.');
});

test('no file of the store holds a token, only its SHA-256', async () => {
  const directory = temporaryDirectory();
  await using store = await openStore(directory);
  await using registry = await openSqliteRegistry({ store });
  const { token } = await registry.register(alice);
  const bytes = readdirSync(directory)
    .filter((name) => name.startsWith('store.sqlite'))
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('');
  expect(bytes).toContain(sha256(token));
  expect(bytes).not.toContain(token.slice(4));
});

/** A store whose next commits are not kept. */
const failing = (store: Store): Store & { failure: StoreError | undefined } => ({
  failure: undefined,
  durability: store.durability,
  counts: store.counts,
  read: store.read.bind(store),
  iterate: store.iterate.bind(store),
  checkWritable: () => store.checkWritable(),
  close: () => store.close(),
  [Symbol.asyncDispose]: () => store.close(),
  commit(unit: readonly Write[]) {
    return this.failure === undefined ? store.commit(unit) : Promise.reject(this.failure);
  },
});

test('a commit that fails leaves no trace: no agent, no token, no change told', async () => {
  await using store = failing(await openMemoryStore({ namespaces: [registryNamespace] }));
  await using registry = await openSqliteRegistry({ store, agents: 2 });
  const changes: string[] = [];
  using _watch = registry.watch(({ kind }) => changes.push(kind));
  await registry.register({ ...alice, id: 'bob' });
  const unavailable = new StoreError('STORE_UNAVAILABLE', 'The disk is full.');

  store.failure = unavailable;
  await expect(registry.register(alice)).rejects.toBe(unavailable);
  await expect(registry.unregister({ tenant: 'acme', agent: 'bob' })).rejects.toBe(unavailable);
  expect(registry.list({}).agents.map((agent) => agent.id)).toEqual(['bob']);
  expect(changes).toEqual(['registered']);

  store.failure = undefined;
  await registry.register(alice);
  await registry.unregister({ tenant: 'acme', agent: 'bob' });
  expect(changes).toEqual(['registered', 'registered', 'unregistered']);
});

test('an agent that only the store knows is not overwritten', async () => {
  await using store = await openMemoryStore({ namespaces: [registryNamespace] });
  await using registry = await openSqliteRegistry({ store });
  await store.commit([{ namespace: 'registry', statement: 'add', values: ['acme', 'alice', '{}'] }]);
  await expect(registry.register(alice)).rejects.toMatchObject({ code: 'AGENT_ALREADY_REGISTERED' });
  expect(registry.list({}).agents).toEqual([]);
});

test('a stored agent that cannot be read is said, never skipped', async () => {
  const good = {
    version: 'v',
    agent: { id: 'alice', tenant: 'acme', capabilities: [], registeredAt: '2026-01-01T00:00:00.000Z', revision: 'r' },
    credentials: [{ id: 'c', kind: 'token', issuedAt: 0, digest: 'd' }],
  };
  const bad: readonly object[] = [
    { ...good, agent: { ...good.agent, id: 'a/b' } },
    { ...good, agent: { ...good.agent, capabilities: ['a b'] } },
    { ...good, version: 7 },
    { ...good, credentials: {} },
    { ...good, credentials: [{ ...good.credentials[0], kind: 'jwt' }] },
    { ...good, credentials: [{ ...good.credentials[0], expiresAt: 'never' }] },
    { ...good, credentials: [{ ...good.credentials[0], scopes: [7] }] },
    { ...good, quarantine: {} },
  ];
  const opened = async (record: string): Promise<number> => {
    await using store = await openMemoryStore({ namespaces: [registryNamespace] });
    await store.commit([{ namespace: 'registry', statement: 'add', values: ['acme', 'alice', record] }]);
    await using registry = await openSqliteRegistry({ store });
    return registry.list({}).agents.length;
  };
  expect(await opened(JSON.stringify(good))).toBe(1);
  for (const record of ['nonsense', 'null', ...bad.map((one) => JSON.stringify(one))]) {
    await expect(opened(record)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  }
});

test('one store serves the registry and other packages', async () => {
  const other: Namespace = {
    name: 'other',
    migrations: ['CREATE TABLE other_rows (id INTEGER PRIMARY KEY) STRICT'],
    writes: { add: 'INSERT INTO other_rows (id) VALUES (?)' },
    reads: {},
  };
  await using store = await openMemoryStore({ namespaces: [registryNamespace, other] });
  await using registry = await openSqliteRegistry({ store });
  await Promise.all([registry.register(alice), store.commit([{ namespace: 'other', statement: 'add', values: [1] }])]);
  expect(store.counts.commits).toBe(1);
});
