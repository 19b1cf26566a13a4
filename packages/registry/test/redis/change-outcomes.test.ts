import { FaultProxy, type RedisServer } from '@charterbus/tooling/testing';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Registry } from '../../src/index.js';
import { makeKey, proofOf } from '../../src/testing/keys.js';
import { codeOf, codeOfCall, connectingTo, needsRedis, open, operator, ownRedis, patience } from '../support/redis.js';

const reference = { tenant: 'acme', agent: 'alice' };
const { privateKey, publicKey } = makeKey();
const draft = { id: 'alice', tenant: 'acme', publicKey };

needsRedis();

let server: RedisServer;
let proxy: FaultProxy;
beforeEach(async () => {
  server = await ownRedis();
  proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
});

const changesMade = async (): Promise<number> => {
  const client = await operator(server.url);
  return Number(await client.hget('{charterbus:registry}:state', 'revision'));
};

/** A change that is ready to be made, and how one sees that it was. */
interface Ready {
  readonly make: () => Promise<unknown>;
  readonly isMade: () => boolean;
}

const firstToken = (registry: Registry): string => registry.credentials(reference)[0]?.id ?? '';

const changes: Readonly<Record<string, (registry: Registry) => Promise<Ready>>> = {
  update: async (registry) => ({
    make: () => registry.update(reference, { role: 'r' }),
    isMade: () => registry.find(reference)?.role === 'r',
  }),
  quarantine: async (registry) => ({
    make: () => registry.quarantine(reference, 'why'),
    isMade: () => registry.state(reference)?.status === 'quarantined',
  }),
  issue: async (registry) => ({
    make: () => registry.issueToken(reference),
    isMade: () => registry.credentials(reference).length === 2,
  }),
  rotate: async (registry) => {
    const old = firstToken(registry);
    return {
      make: () => registry.rotateToken(reference, old),
      isMade: () => registry.credentials(reference).length === 1 && firstToken(registry) !== old,
    };
  },
  revoke: async (registry) => {
    const old = firstToken(registry);
    return {
      make: () => registry.revokeCredential(reference, old),
      isMade: () => registry.credentials(reference).length === 0,
    };
  },
  reinstate: async (registry) => {
    await registry.quarantine(reference, 'why');
    return {
      make: () => registry.reinstate(reference, 'why not'),
      isMade: () => registry.state(reference)?.status === 'active',
    };
  },
};

/** A registry whose first connection for changes goes through the proxy and is there already. */
const openBehindProxy = async () => {
  const registry = await open({ redis: connectingTo(server.port, proxy.port, server.port) });
  await registry.register(draft);
  return registry;
};

test.each(Object.keys(changes))(
  '%s: a change whose reply is cut is made once, and its caller has the outcome',
  async (name) => {
    const registry = await openBehindProxy();
    const ready = await changes[name]?.(registry);
    const before = await changesMade();
    proxy.set('replies', { kind: 'cut', afterBytes: 0 });
    await ready?.make();
    expect([ready?.isMade(), await changesMade()]).toEqual([true, before + 1]);
  },
);

test.each(Object.keys(changes))('%s: a change that is cut off on the way is made up for, once', async (name) => {
  const registry = await openBehindProxy();
  const ready = await changes[name]?.(registry);
  const before = await changesMade();
  proxy.set('requests', { kind: 'cut', afterBytes: 40 });
  await ready?.make();
  expect([ready?.isMade(), await changesMade()]).toEqual([true, before + 1]);
});

test.each(['update', 'issue', 'revoke'])(
  '%s: an outcome that cannot be found out is said to be unknown',
  async (name) => {
    const registry = await open({ redis: server.url, changeMs: 300 });
    await registry.register(draft);
    const ready = await changes[name]?.(registry);
    const before = await changesMade();
    server.pause();
    expect(await codeOf(ready?.make() ?? Promise.resolve())).toBe('STORE_OUTCOME_UNKNOWN');
    server.resume();
    await expect.poll(() => ready?.isMade(), patience).toBe(true);
    expect(await changesMade()).toBe(before + 1);
  },
);

test('a change whose outcome is asked for too late to tell is said to be unknown where the agent was changed since', async () => {
  const registry = await open({ redis: server.url, changeMs: 300, changesKept: 1 });
  const other = await open({ redis: server.url, changesKept: 1 });
  await registry.register({ ...draft, id: 'bob' });
  server.pause();
  expect(await codeOf(registry.register(draft))).toBe('STORE_OUTCOME_UNKNOWN');
  server.resume();
  await expect.poll(() => other.find(reference), patience).toBeDefined();
  await other.update(reference, { role: 'r' });
  const client = await operator(server.url);
  await client.xtrim('{charterbus:registry}:changes', 'MAXLEN', 1);
  // It is not looked for a second time: the agent is there, and its token is nobody's.
  const codes = [await codeOf(registry.register(draft)), await codeOf(registry.register(draft))];
  expect(codes).toEqual(['AGENT_ALREADY_REGISTERED', 'AGENT_ALREADY_REGISTERED']);
});

test('a change that was the first after the database was emptied is found, though more had been made before', async () => {
  const registry = await openBehindProxy();
  for (const role of ['a', 'b', 'c']) await registry.update(reference, { role });
  await (await operator(server.url)).flushall();
  proxy.set('replies', { kind: 'cut', afterBytes: 0 });
  const { token } = await registry.register({ ...draft, id: 'bob' });
  await expect.poll(() => codeOfCall(() => registry.authenticate(token)), patience).toBe('done');
  expect(await changesMade()).toBe(1);
});

test('a session whose proof was marked as used and whose reply is lost lets nobody in; the next challenge does', async () => {
  const registry = await openBehindProxy();
  const proof = await proofOf(registry, reference, privateKey);
  proxy.set('replies', { kind: 'cut', afterBytes: 0 });
  expect(await codeOf(registry.openSession(proof))).toBe('STORE_UNAVAILABLE');
  expect(await codeOf(registry.openSession(proof))).toBe('CREDENTIAL_REFUSED');
  expect(await codeOf(registry.openSession(await proofOf(registry, reference, privateKey)))).toBe('done');
});

test('a heartbeat whose reply is cut is made again', async () => {
  const registry = await openBehindProxy();
  const bob = { tenant: 'acme', agent: 'bob' };
  const other = await open({ redis: server.url });
  await other.register({ id: 'bob', tenant: 'acme', leaseMs: 60_000 });
  await expect.poll(() => registry.find(bob), patience).toBeDefined();
  proxy.set('replies', { kind: 'cut', afterBytes: 0 });
  expect(await registry.heartbeat(bob)).toMatchObject({ status: 'active' });
});

test('where Redis is gone, a heartbeat and a challenge say so in time, and the secret is asked for again', async () => {
  const registry = await open({ redis: server.url, changeMs: 200 });
  await registry.register({ ...draft, leaseMs: 1000 });
  await expect.poll(() => registry.state(reference)?.status, patience).toBe('expired');
  await server.kill();
  const codes = [codeOf(registry.heartbeat(reference)), codeOf(registry.challenge(reference))];
  expect(await Promise.all(codes)).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
  await server.restart();
  await expect.poll(() => codeOf(registry.challenge(reference)), patience).toBe('done');
});

test('whoever waits for a Redis that is silent can give up: a heartbeat, a challenge, a session', async () => {
  const registry = await open({ redis: server.url });
  const other = await open({ redis: server.url });
  await other.register({ ...draft, leaseMs: 60_000 });
  await expect.poll(() => registry.find(reference), patience).toBeDefined();
  const proof = await proofOf(other, reference, privateKey);
  server.pause();
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = [
    registry.heartbeat(reference, signal),
    registry.challenge(reference, signal),
    registry.openSession(proof, signal),
  ].map(codeOf);
  controller.abort();
  expect(await Promise.all(waiting)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  server.resume();
});

test('in a full memory whatever ends or narrows something is possible, and so are heartbeats; nothing that grows is', async () => {
  const registry = await open({ redis: server.url });
  const { credential } = await registry.register({ ...draft, leaseMs: 60_000 });
  await registry.challenge(reference);
  await server.configure('maxmemory', '1');
  const growing = [registry.issueToken(reference), registry.update(reference, { role: 'r' })];
  expect(await Promise.all(growing.map(codeOf))).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
  await registry.heartbeat(reference);
  await registry.quarantine(reference, 'why');
  await registry.revokeCredential(reference, credential.id);
  expect([registry.state(reference)?.status, registry.credentials(reference)]).toEqual(['quarantined', []]);
  expect(registry.find(reference)?.role).toBeUndefined();
});

test('scripts that Redis has forgotten are there all the same, whatever is changed', async () => {
  const registry = await open({ redis: server.url });
  await registry.register({ ...draft, leaseMs: 60_000 });
  const client = await operator(server.url);
  for (const name of ['issue', 'update', 'revoke', 'quarantine', 'reinstate']) {
    await client.script('FLUSH');
    await (await changes[name]?.(registry))?.make();
  }
  await registry.heartbeat(reference);
  await client.script('FLUSH');
  const { token } = await registry.openSession(await proofOf(registry, reference, privateKey));
  expect(registry.authenticate(token).credential.kind).toBe('session');
});
