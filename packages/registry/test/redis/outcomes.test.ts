import { FaultProxy, type RedisServer } from '@charterbus/tooling/testing';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Registry } from '../../src/index.js';
import { codeOf, connectingTo, needsRedis, open, operator, ownRedis, patience } from '../support/redis.js';

const alice = { id: 'alice', tenant: 'acme' };
const bob = { id: 'bob', tenant: 'acme' };
const reference = { tenant: 'acme', agent: 'alice' };

needsRedis();

let server: RedisServer;
let proxy: FaultProxy;
beforeEach(async () => {
  server = await ownRedis();
  proxy = await FaultProxy.start(server.port);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
});

/** A registry whose first connection for changes goes through the proxy and is there already. */
const openBehindProxy = async (options: { readonly changeMs?: number } = {}) => {
  const registry = await open({ redis: connectingTo(server.port, proxy.port, server.port), ...options });
  await registry.register(bob);
  return registry;
};

const changesMade = async (): Promise<number> => {
  const client = await operator(server.url);
  return Number(await client.hget('{charterbus:registry}:state', 'revision'));
};

test.each([0, 1, 9])(
  'a registration whose reply is cut after %i bytes is made once, and its token is not lost',
  async (afterBytes) => {
    const registry = await openBehindProxy();
    proxy.set('replies', { kind: 'cut', afterBytes });
    const { agent, token } = await registry.register(alice);
    expect(registry.authenticate(token).agent).toBe(agent);
    expect(await changesMade()).toBe(2);
  },
);

test.each([0, 40, 400])(
  'a registration that is cut off after %i bytes is said not to be kept, and leaves no trace',
  async (afterBytes) => {
    const registry = await openBehindProxy();
    proxy.set('requests', { kind: 'cut', afterBytes });
    await expect(registry.register(alice)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs: 1000 });
    expect(registry.find(reference)).toBeUndefined();
    const { agent, token } = await registry.register(alice);
    expect(registry.authenticate(token).agent).toBe(agent);
    expect(await changesMade()).toBe(2);
  },
);

test('an unregistration whose reply is cut is made once and acknowledged', async () => {
  const registry = await openBehindProxy();
  const { token } = await registry.register(alice);
  proxy.set('replies', { kind: 'cut', afterBytes: 0 });
  await registry.unregister(reference);
  expect(() => registry.authenticate(token)).toThrow('The credential is not valid.');
  expect(await changesMade()).toBe(3);
});

test('an unregistration that is cut off on the way is made up for', async () => {
  const registry = await openBehindProxy();
  await registry.register(alice);
  proxy.set('requests', { kind: 'cut', afterBytes: 40 });
  await registry.unregister(reference);
  expect(registry.find(reference)).toBeUndefined();
  expect(await changesMade()).toBe(3);
});

/** A registry whose first connection for changes goes through the proxy; the next one heals the proxy and goes past it. */
const openUntilFault = (): Promise<Registry> => {
  const afterFault = (): number => {
    proxy.heal();
    return server.port;
  };
  return open({ redis: connectingTo(server.port, proxy.port, afterFault), changeMs: 2000 });
};

/** How many scripts have reached Redis, also of those that nobody waits for any more. */
const scriptsRun = async (): Promise<number> => {
  const client = await operator(server.url);
  return Number(/cmdstat_eval:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
};

test('a registration that was said not to be kept is refused when it arrives after all', async () => {
  const registry = await openUntilFault();
  await registry.register(bob);
  proxy.set('requests', { kind: 'delay', milliseconds: 1500 });
  await expect(registry.register(alice)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  // Bob, what became of alice, and at last alice herself.
  await expect.poll(scriptsRun, patience).toBe(3);
  expect([await changesMade(), registry.find(reference)]).toEqual([1, undefined]);
  await registry.register(alice);
});

test('an unregistration that arrives late ends no agent that was registered since', async () => {
  const registry = await openUntilFault();
  await registry.register(alice);
  proxy.set('requests', { kind: 'delay', milliseconds: 1500 });
  await registry.unregister(reference);
  const { agent, token } = await registry.register(alice);
  await expect.poll(scriptsRun, patience).toBe(4);
  expect(await changesMade()).toBe(3);
  expect(registry.authenticate(token).agent).toBe(agent);
});

test('an outcome that cannot be found out is said to be unknown, and asking again gets the token of what was kept', async () => {
  const registry = await open({ redis: server.url, changeMs: 400 });
  await registry.register(bob);
  server.pause();
  expect(await codeOf(registry.register(alice))).toBe('STORE_OUTCOME_UNKNOWN');
  server.resume();
  await expect.poll(changesMade, patience).toBe(2);
  const { agent, token } = await registry.register(alice);
  expect(registry.authenticate(token).agent).toEqual(agent);
  expect(await changesMade()).toBe(2);
  expect(await codeOf(registry.register(alice))).toBe('AGENT_ALREADY_REGISTERED');
});

test('who asks again for something else does not get that token', async () => {
  const registry = await open({ redis: server.url, changeMs: 400 });
  await registry.register(bob);
  server.pause();
  expect(await codeOf(registry.register(alice))).toBe('STORE_OUTCOME_UNKNOWN');
  server.resume();
  await expect.poll(changesMade, patience).toBe(2);
  expect(await codeOf(registry.register({ ...alice, role: 'executive' }))).toBe('AGENT_ALREADY_REGISTERED');
  await registry.unregister(reference);
  await registry.register({ ...alice, role: 'executive' });
});

test('an unregistration of unknown outcome is asked about again, and either answer says that it has ended', async () => {
  const registry = await open({ redis: server.url, changeMs: 400 });
  const { token } = await registry.register(alice);
  server.pause();
  expect(await codeOf(registry.unregister(reference))).toBe('STORE_OUTCOME_UNKNOWN');
  server.resume();
  expect(['done', 'AGENT_NOT_REGISTERED']).toContain(await codeOf(registry.unregister(reference)));
  await expect.poll(() => registry.find(reference), patience).toBeUndefined();
  expect(() => registry.authenticate(token)).toThrow('The credential is not valid.');
});
