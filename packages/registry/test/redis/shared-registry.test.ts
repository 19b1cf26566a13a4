import { type Agent, type CharterbusError, seededRandom } from '@charterbus/core-models';
import type { RedisServer } from '@charterbus/tooling/testing';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { Registry } from '../../src/index.js';
import { codeOf, needsRedis, open, operator, ownRedis, patience, toldUntil } from '../support/redis.js';

const alice = { id: 'alice', tenant: 'acme' };
const reference = { tenant: 'acme', agent: 'alice' };

needsRedis();

let server: RedisServer;
beforeEach(async () => {
  server = await ownRedis();
});

const two = (): Promise<[Registry, Registry]> =>
  Promise.all([open({ redis: server.url }), open({ redis: server.url })]);

test('what one registry changes the other tells of, in the same order, and knows', async () => {
  const [here, there] = await two();
  const told = [here, there].map((registry) => toldUntil(registry, 'registered rival/bob'));
  const { agent, token } = await here.register({ ...alice, role: 'judicial', capabilities: ['plan'] });
  await there.register({ id: 'bob', tenant: 'acme' });
  await here.unregister({ tenant: 'acme', agent: 'bob' });
  await there.register({ id: 'bob', tenant: 'rival' });
  const expected = ['registered acme/alice', 'registered acme/bob', 'unregistered acme/bob', 'registered rival/bob'];
  expect(await Promise.all(told)).toEqual([expected, expected]);
  expect(there.authenticate(token).agent).toEqual(agent);
  expect(there.list({})).toEqual(here.list({}));
  const known: Agent | undefined = there.find(reference);
  expect([Object.isFrozen(known), Object.isFrozen(known?.capabilities)]).toEqual([true, true]);
});

test('of many registrations of one agent on several registries exactly one wins, and all know its token', async () => {
  const registries = await Promise.all(Array.from({ length: 4 }, () => open({ redis: server.url })));
  for (let round = 0; round < 20; round += 1) {
    const id = `agent-${round}`;
    const told = registries.map((registry) => toldUntil(registry, `registered acme/${id}`));
    const attempts = await Promise.allSettled(
      registries.flatMap((registry) => [1, 2].map(() => registry.register({ id, tenant: 'acme' }))),
    );
    const won = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const lost = attempts.flatMap((one) => (one.status === 'rejected' ? [(one.reason as CharterbusError).code] : []));
    expect([won.length, new Set(lost)]).toEqual([1, new Set(['AGENT_ALREADY_REGISTERED'])]);
    await Promise.all(told);
    for (const registry of registries) expect(registry.authenticate(won[0]?.token ?? '').agent).toEqual(won[0]?.agent);
  }
});

test('the limit of agents holds across registries', async () => {
  const registries = await Promise.all([1, 2, 3].map(() => open({ redis: server.url, agents: 5 })));
  const codes = await Promise.all(
    Array.from({ length: 12 }, (_, place) =>
      codeOf((registries[place % 3] as Registry).register({ id: `a${place}`, tenant: 'acme' })),
    ),
  );
  expect(codes.toSorted()).toEqual([
    ...Array.from({ length: 7 }, () => 'AGENT_LIMIT_REACHED'),
    ...Array.from({ length: 5 }, () => 'done'),
  ]);
});

test('an agent that was unregistered on another registry is refused, by whichever of its tokens', async () => {
  const [here, there] = await two();
  const first = await here.register(alice);
  const gone = toldUntil(here, 'unregistered acme/alice');
  await there.unregister(reference);
  await gone;
  expect(() => here.authenticate(first.token)).toThrow('The credential is not valid.');
  const second = await there.register(alice);
  expect(second.agent.revision).not.toBe(first.agent.revision);
  expect(await codeOf(here.register(alice))).toBe('AGENT_ALREADY_REGISTERED');
});

test('Redis decides, not what a registry has heard: changes made elsewhere a moment ago count', async () => {
  const [here, there] = await two();
  for (let round = 0; round < 20; round += 1) {
    await here.register(alice);
    expect(await codeOf(there.register(alice))).toBe('AGENT_ALREADY_REGISTERED');
    const codes = await Promise.all([codeOf(there.unregister(reference)), codeOf(here.unregister(reference))]);
    expect(codes.toSorted()).toEqual(['AGENT_NOT_REGISTERED', 'done']);
    await there.register(alice);
    await here.unregister(reference);
  }
});

test('a registry that comes later, or has fallen behind what is kept of changes, knows the same in the same order', async () => {
  const [here, there] = await two();
  for (const id of ['c', 'a', 'b']) await here.register({ id, tenant: 'acme' });
  await here.unregister({ tenant: 'acme', agent: 'a' });
  const late = await open({ redis: server.url });
  expect(Array.from(late.members('acme'))).toEqual(Array.from(here.members('acme')));

  // Somebody emptied the stream: what was in it is missed for good.
  const told = toldUntil(there, 'registered acme/d');
  const client = await operator(server.url);
  const transaction = client.multi();
  for (const key of await client.keys('*:agents')) {
    const record = JSON.stringify({
      agent: { id: 'd', tenant: 'acme', capabilities: [], registeredAt: '2026-01-01T00:00:00Z', revision: 'd' },
      tokenDigest: 'd'.repeat(64),
    });
    transaction.hset(key, 'acme/d', `5 ${record}`).hset(key.replace('agents', 'state'), 'revision', 5, 'head', 'd');
  }
  await transaction.exec();
  await told;
  expect(Array.from(there.members('acme'), ({ id }) => id)).toEqual(['c', 'b', 'd']);
});

test('a registry that is opened while agents come and go knows what the others know', async () => {
  const here = await open({ redis: server.url });
  const register = (id: string) => here.register({ id, tenant: 'acme' });
  await Promise.all(Array.from({ length: 800 }, (_, place) => register(`a${place}`)));
  await Promise.all(Array.from({ length: 800 }, (_, place) => register(`b${place}`)));
  let lanes = 8;
  const changing = Array.from({ length: lanes }, async (_, lane) => {
    for (let place = lane; place < 800; place += 8) {
      await here.unregister({ tenant: 'acme', agent: `a${place}` });
      if (place % 2 === 0) await register(`a${place}`);
    }
    lanes -= 1;
  });
  const others: Registry[] = [];
  while (lanes > 0 && others.length < 10) others.push(await open({ redis: server.url }));
  await Promise.all(changing);
  for (const other of others) {
    await expect.poll(() => other.list({ limit: 1000 }), patience).toEqual(here.list({ limit: 1000 }));
    expect(Array.from(other.members('acme'))).toEqual(Array.from(here.members('acme')));
  }
  expect(Array.from(here.members('acme')).length).toBe(1200);
});

test('a database that was emptied leaves no agent behind', async () => {
  const [here, there] = await two();
  const { token } = await here.register(alice);
  await expect.poll(() => there.find(reference), patience).toBeDefined();
  const gone = [here, there].map((registry) => toldUntil(registry, 'unregistered acme/alice'));
  await (await operator(server.url)).flushall();
  await Promise.all(gone);
  expect(() => here.authenticate(token)).toThrow('The credential is not valid.');
  expect(here.find(reference)).toBeUndefined();
  await there.register(alice);
});

test('registries of other prefixes have nothing in common, and nothing in Redis holds a token', async () => {
  const [here, other] = await Promise.all([open({ redis: server.url }), open({ redis: server.url, prefix: 'other' })]);
  const [mine, theirs] = await Promise.all([here.register(alice), other.register(alice)]);
  expect(() => here.authenticate(theirs.token)).toThrow('The credential is not valid.');
  const client = await operator(server.url);
  const keys = await client.keys('*');
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  expect(keys.length).toBe(6);
  expect(Buffer.concat(dumps).includes(mine.token.slice(4))).toBe(false);
  expect(Buffer.concat(dumps).includes('cba_')).toBe(false);
});

/** Two tenants, equal ids throughout; each step on one of two registries. */
const step = fc.record({
  kind: fc.constantFrom(
    'register' as const,
    'register' as const,
    'unregister' as const,
    'update' as const,
    'quarantine' as const,
    'issue' as const,
  ),
  tenant: fc.constantFrom('a', 'a-b'),
  agent: fc.constantFrom('x', 'y'),
  on: fc.nat(1),
});

/** A step that changes something whenever it succeeds. */
const take = (
  registry: Registry,
  { kind, tenant, agent }: { readonly kind: string; readonly tenant: string; readonly agent: string },
  place: number,
): Promise<unknown> => {
  const reference = { tenant, agent };
  if (kind === 'register') return registry.register({ id: agent, tenant });
  if (kind === 'update') return registry.update(reference, { role: `r${place}` });
  if (kind === 'quarantine') return registry.quarantine(reference, `r${place}`);
  return kind === 'issue' ? registry.issueToken(reference) : registry.unregister(reference);
};

/** All that look-ups say of agents. */
const knownTo = (registry: Registry) =>
  registry.list({}).agents.map((agent) => {
    const reference = { tenant: agent.tenant, agent: agent.id };
    return [agent, registry.state(reference)?.quarantine, registry.credentials(reference)];
  });

test('whatever two registries do at once, one order explains it and both end with the same agents', async () => {
  let runs = 0;
  const property = fc.asyncProperty(fc.array(step, { maxLength: 24, size: 'max' }), async (steps) => {
    runs += 1;
    const options = { redis: server.url, prefix: `run-${runs}` };
    const registries = await Promise.all([open(options), open(options)]);
    const told = registries.map(() => [] as string[]);
    for (const [place, registry] of registries.entries()) {
      registry.watch(({ kind, agent }) => told[place]?.push(`${kind} ${agent.tenant}/${agent.id} ${agent.revision}`));
    }
    const taken = steps.map((one, place) => codeOf(take(registries[one.on] as Registry, one, place)));
    const done = (await Promise.all(taken)).filter((code) => code === 'done').length;
    await expect.poll(() => told.map((all) => all.length), patience).toEqual([done, done]);
    expect(told[0]).toEqual(told[1]);
    const live = new Set<string>();
    for (const one of told[0] ?? []) {
      const [kind, key = ''] = one.split(' ');
      expect(live.has(key)).toBe(kind !== 'registered');
      if (kind === 'registered') live.add(key);
      if (kind === 'unregistered') live.delete(key);
    }
    const late = await open(options);
    const known = [...registries, late].map(knownTo);
    expect(known[0]?.length).toBe(live.size);
    expect([known[1], known[2]]).toEqual([known[0], known[0]]);
    await Promise.all([...registries, late].map((registry) => registry.close()));
  });
  const seed = Buffer.from(seededRandom(11).bytes(4)).readInt32LE();
  await expect(fc.assert(property, { numRuns: 25, seed })).resolves.toBeUndefined();
});
