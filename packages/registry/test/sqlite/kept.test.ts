import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, StoreError, sha256 } from '@charterbus/core-models';
import { type Namespace, openMemoryStore, openSqliteStore } from '@charterbus/store';
import { expect, onTestFinished, test } from 'vitest';
import { openSqliteRegistry, registryNamespace } from '../../src/sqlite/index.js';
import { makeKey, proofOf } from '../../src/testing/keys.js';
import { codeOf, codeOfCall } from '../support/redis.js';

const alice = { id: 'alice', tenant: 'acme' };
const reference = { tenant: 'acme', agent: 'alice' };

const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-registry-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/** The tables as the first release had them. */
const firstNamespace = {
  name: 'registry',
  migrations: [registryNamespace.migrations[0]],
  writes: {
    add: `INSERT INTO registry_agents (tenant, id, role, capabilities, registered_at, revision, token_digest)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
  },
  reads: {},
} as const satisfies Namespace;

test('a file of the first release opens: agents in their order, with their roles and tokens', async () => {
  const directory = temporaryDirectory();
  const tokens = ['A', 'E'].map((last) => `cba_${'x'.repeat(42)}${last}`);
  {
    await using store = await openSqliteStore({ directory, namespaces: [firstNamespace] });
    const stamp = '2026-01-01T00:00:00.000Z';
    const rows = [
      ['acme', 'zoe', 'judicial', '["draw","plan"]', stamp, 'revision-1', sha256(tokens[0] ?? '')],
      ['acme', 'alice', null, '[]', stamp, 'revision-2', sha256(tokens[1] ?? '')],
    ];
    for (const values of rows) await store.commit([{ namespace: 'registry', statement: 'add', values }]);
  }
  await using store = await openSqliteStore({ directory, namespaces: [registryNamespace] });
  await using registry = await openSqliteRegistry({ store });
  const registeredAt = '2026-01-01T00:00:00.000Z';
  const zoe = { id: 'zoe', tenant: 'acme', role: 'judicial', capabilities: ['draw', 'plan'], registeredAt };
  expect(Array.from(registry.members('acme'))).toEqual([
    { ...zoe, revision: 'revision-1' },
    { ...alice, capabilities: [], registeredAt, revision: 'revision-2' },
  ]);
  for (const token of tokens) expect(codeOfCall(() => registry.authenticate(token))).toBe('done');
  expect((await registry.update(reference, { role: 'r' })).revision).toBe('revision-2.1');
  await registry.revokeCredential(reference, 'revision-2');
  expect(codeOfCall(() => registry.authenticate(tokens[1] ?? ''))).toBe('CREDENTIAL_REFUSED');
});

test('revisions, quarantines, tokens, revocations and sessions last through a restart; a lease begins anew', async () => {
  const directory = temporaryDirectory();
  const clock = new ManualClock();
  const { privateKey, publicKey } = makeKey();
  const opened = async () => {
    const store = await openSqliteStore({ directory, namespaces: [registryNamespace] });
    return { store, registry: await openSqliteRegistry({ store, clock, timers: clock }) };
  };
  const first = await opened();
  const { token, credential } = await first.registry.register({ ...alice, publicKey, leaseMs: 1000 });
  const request = { scopes: ['send'], expiresAt: clock.now() + 5000, label: 'l' };
  const issued = await first.registry.issueToken(reference, request);
  const session = await first.registry.openSession(await proofOf(first.registry, reference, privateKey));
  await first.registry.revokeCredential(reference, credential.id);
  await first.registry.update(reference, { metadata: { owner: 'ops' }, type: 'planner' });
  clock.advance(1000);
  const before = [first.registry.find(reference), first.registry.credentials(reference)];
  expect(first.registry.state(reference)?.status).toBe('expired');
  await first.registry.quarantine(reference, 'spreads rumours');
  const { quarantine } = first.registry.state(reference) ?? {};
  await first.store.close();

  const second = await opened();
  onTestFinished(() => second.store.close());
  const { registry } = second;
  expect(registry.state(reference)).toMatchObject({
    status: 'quarantined',
    quarantine,
    leaseUntil: clock.now() + 1000,
  });
  expect(codeOfCall(() => registry.authenticate(issued.token))).toBe('AGENT_QUARANTINED');
  await registry.reinstate(reference, 'they were true');
  expect([registry.find(reference), registry.credentials(reference)]).toEqual(before);
  const codes = [token, issued.token, session.token].map((one) => codeOfCall(() => registry.authenticate(one)));
  expect(codes).toEqual(['CREDENTIAL_REFUSED', 'done', 'done']);
  expect(registry.state(reference)?.status).toBe('active');
  clock.advance(1000);
  expect(registry.state(reference)?.status).toBe('expired');
});

test('a change of an agent that the store does not know is not said to be kept', async () => {
  await using store = await openMemoryStore({ namespaces: [registryNamespace] });
  await using registry = await openSqliteRegistry({ store });
  const { agent } = await registry.register(alice);
  await store.commit([{ namespace: 'registry', statement: 'remove', values: ['acme', 'alice'] }]);
  expect(await codeOf(registry.update(reference, { role: 'r' }))).toBe('STORE_CORRUPT');
  expect(registry.find(reference)).toBe(agent);
});

test('a change that is not kept leaves no trace: no revision, no quarantine, no token, no change told', async () => {
  await using store = await openMemoryStore({ namespaces: [registryNamespace] });
  const full = new StoreError('STORE_UNAVAILABLE', 'The disk is full.');
  let isFull = false;
  const failing = Object.create(store, {
    commit: {
      value: (...unit: Parameters<typeof store.commit>) => (isFull ? Promise.reject(full) : store.commit(...unit)),
    },
    iterate: { value: store.iterate.bind(store) },
  }) as typeof store;
  await using registry = await openSqliteRegistry({ store: failing });
  const { agent, credential } = await registry.register(alice);
  const kinds: string[] = [];
  using _watch = registry.watch(({ kind }) => kinds.push(kind));
  isFull = true;
  const changes = [
    registry.update(reference, { role: 'r' }),
    registry.quarantine(reference, 'why'),
    registry.issueToken(reference),
    registry.rotateToken(reference, credential.id),
    registry.revokeCredential(reference, credential.id),
  ];
  expect(new Set(await Promise.all(changes.map(codeOf)))).toEqual(new Set(['STORE_UNAVAILABLE']));
  expect([registry.find(reference), registry.credentials(reference), kinds]).toEqual([agent, [credential], []]);
  expect(registry.state(reference)?.status).toBe('active');
  isFull = false;
  await registry.quarantine(reference, 'why');
  expect(kinds).toEqual(['quarantined']);
});
