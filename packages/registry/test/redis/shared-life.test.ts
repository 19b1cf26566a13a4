import { ManualClock, sha256, systemTimers } from '@charterbus/core-models';
import type { RedisServer } from '@charterbus/tooling/testing';
import type { Redis } from 'ioredis';
import { beforeEach, expect, test } from 'vitest';
import type { Registry } from '../../src/index.js';
import { makeKey, proofOf } from '../../src/testing/keys.js';
import {
  codeOf,
  codeOfCall,
  needsRedis,
  open,
  operator,
  ownRedis,
  patience,
  shiftable,
  toldUntil,
} from '../support/redis.js';

const alice = { id: 'alice', tenant: 'acme', capabilities: ['plan'] };
const reference = { tenant: 'acme', agent: 'alice' };

const agentsKey = '{charterbus:registry}:agents';

needsRedis();

let server: RedisServer;
beforeEach(async () => {
  server = await ownRedis();
});

const two = (): Promise<[Registry, Registry]> =>
  Promise.all([open({ redis: server.url }), open({ redis: server.url })]);

const codeOfToken = (registry: Registry, token: string): string => codeOfCall(() => registry.authenticate(token));

test('what is changed of an agent in one process is known and told of in the other, in the same order', async () => {
  const [here, there] = await two();
  const told = [here, there].map((registry) => toldUntil(registry, 'unregistered acme/alice'));
  const { agent } = await here.register(alice);
  const updated = await here.update(reference, { capabilities: ['draw'], metadata: { owner: 'ops' } });
  await here.quarantine(reference, 'spreads rumours');
  await here.quarantine(reference, 'spreads more');
  await expect.poll(() => there.state(reference)?.quarantine?.reason, patience).toBe('spreads more');
  expect(there.find(reference)).toEqual(updated);
  expect(updated.revision).toBe(`${agent.revision}.1`);
  await there.reinstate(reference, 'they were true');
  await there.issueToken(reference);
  expect((await there.update(reference, { role: 'r' })).revision).toBe(`${agent.revision}.2`);
  await here.unregister(reference);
  const kinds = [
    'registered',
    'updated',
    'quarantined',
    'quarantined',
    'reinstated',
    'credentials',
    'updated',
    'unregistered',
  ];
  const expected = kinds.map((kind) => `${kind} acme/alice`);
  expect(await Promise.all(told)).toEqual([expected, expected]);
});

test('a token that is revoked, replaced or whose agent is quarantined in one process is refused in the other', async () => {
  const [here, there] = await two();
  const first = await here.register(alice);
  const second = await here.issueToken(reference, { scopes: ['send'] });
  await expect.poll(() => codeOfToken(there, second.token), patience).toBe('done');
  const letIn = there.authenticate(second.token);
  expect(letIn.credential.scopes).toEqual(['send']);
  await here.revokeCredential(reference, first.credential.id);
  await expect.poll(() => codeOfToken(there, first.token), patience).toBe('CREDENTIAL_REFUSED');
  expect(there.isInForce(letIn)).toBe(true);
  const third = await here.rotateToken(reference, second.credential.id);
  await expect.poll(() => there.isInForce(letIn), patience).toBe(false);
  expect([codeOfToken(there, second.token), codeOfToken(there, third.token)]).toEqual(['CREDENTIAL_REFUSED', 'done']);
  await here.quarantine(reference, 'spreads rumours');
  await expect.poll(() => codeOfToken(there, third.token), patience).toBe('AGENT_QUARANTINED');
  expect([there.route(reference), [...there.withCapability('acme', 'plan')]]).toEqual([undefined, []]);
});

test('changes of one agent that meet are all made, one after the other', async () => {
  const [here, there] = await two();
  await here.register(alice);
  const issued = await Promise.all(
    [here, there, here, there, here, there].map((registry) => registry.issueToken(reference)),
  );
  const ids = issued.map(({ credential }) => credential.id);
  await expect.poll(() => there.credentials(reference).length, patience).toBe(7);
  const known = new Set(there.credentials(reference).map(({ id }) => id));
  expect(ids.every((id) => known.has(id))).toBe(true);
  const patches = [{ role: 'r' }, { type: 't' }, { metadata: { a: '1' } }, { capabilities: ['draw'] }];
  await Promise.all(patches.map((patch, place) => (place % 2 === 0 ? here : there).update(reference, patch)));
  await expect
    .poll(() => here.find(reference), patience)
    .toMatchObject({ role: 'r', type: 't', capabilities: ['draw'] });
  expect(here.find(reference)?.revision.endsWith('.4')).toBe(true);
});

test('a challenge of one process is answered in another, once in all of them', async () => {
  const registries = await Promise.all([1, 2, 3].map(() => open({ redis: server.url })));
  const [here, there] = registries as [Registry, Registry];
  const { privateKey, publicKey } = makeKey();
  await here.register({ ...alice, publicKey });
  await expect.poll(() => there.find(reference), patience).toBeDefined();
  const proof = await proofOf(here, reference, privateKey);
  const codes = await Promise.all(registries.map((registry) => codeOf(registry.openSession(proof))));
  expect(codes.toSorted()).toEqual(['CREDENTIAL_REFUSED', 'CREDENTIAL_REFUSED', 'done']);
  const { token, credential } = await there.openSession(await proofOf(here, reference, privateKey));
  await expect.poll(() => codeOfToken(here, token), patience).toBe('done');
  await here.revokeCredential(reference, credential.id);
  await expect.poll(() => codeOfToken(there, token), patience).toBe('CREDENTIAL_REFUSED');
  const draft = { ...alice, publicKey, role: 'r' };
  const again = await proofOf(here, reference, privateKey, draft);
  const renewed = await Promise.all(registries.map((registry) => codeOf(registry.reregister(draft, again))));
  expect(renewed.toSorted()).toEqual(['CREDENTIAL_REFUSED', 'CREDENTIAL_REFUSED', 'done']);
});

test('a clock that is ahead does not make a challenge live longer', async () => {
  const clocks = [new ManualClock(), new ManualClock()] as const;
  const [ahead, here] = (await Promise.all(
    clocks.map((clock) => open({ redis: server.url, clock: { ...shiftable(), now: () => clock.now() } })),
  )) as [Registry, Registry];
  const { privateKey, publicKey } = makeKey();
  await here.register({ ...alice, publicKey });
  clocks[0].jump(5001);
  const late = await proofOf(ahead, reference, privateKey);
  expect(await codeOf(here.openSession(late))).toBe('CREDENTIAL_REFUSED');
  clocks[0].jump(-1);
  expect(await codeOf(here.openSession(await proofOf(ahead, reference, privateKey)))).toBe('done');
});

test('a lease that is not renewed runs out everywhere within the bound, and a heartbeat anywhere brings the agent back', async () => {
  const [here, there] = await two();
  await here.register({ ...alice, leaseMs: 1000 });
  const registeredAt = performance.now();
  await Promise.all([here, there].map((registry) => toldUntil(registry, 'expired acme/alice')));
  const expiredMs = performance.now() - registeredAt;
  // By the server's time, which is the same machine's; both read each half second.
  expect(expiredMs).toBeGreaterThan(950);
  expect(expiredMs).toBeLessThan(3000);
  expect([here, there].map((registry) => registry.state(reference)?.status)).toEqual(['expired', 'expired']);
  expect([there.route(reference), here.list({ status: 'expired' }).agents.length]).toEqual([undefined, 1]);
  const returned = toldUntil(here, 'returned acme/alice');
  expect((await there.heartbeat(reference)).status).toBe('active');
  await returned;
  expect(here.route(reference)?.id).toBe('alice');
  // Who comes later knows who is expired.
  await Promise.all([here, there].map((registry) => toldUntil(registry, 'expired acme/alice')));
  const late = await open({ redis: server.url });
  expect(late.state(reference)?.status).toBe('expired');
});

test('heartbeats are written together, and once in a third of the lease', async () => {
  const clock = shiftable();
  const registry = await open({ redis: server.url, clock, timers: systemTimers });
  const agents = Array.from({ length: 250 }, (_, place) => ({ tenant: 'acme', agent: `a${place}` }));
  await Promise.all(agents.map(({ agent: id }) => registry.register({ id, tenant: 'acme', leaseMs: 60_000 })));
  const client = await operator(server.url);
  const beats = () => Promise.all(agents.map((agent) => registry.heartbeat(agent)));
  const scripts = async () => Number(/cmdstat_zadd:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]);
  const before = await scripts();
  await beats();
  expect(await scripts()).toBe(before);
  clock.forward(20_001);
  await Promise.all([beats(), beats()]);
  expect(await scripts()).toBe(before + 250);
  expect(await codeOf(registry.heartbeat({ tenant: 'acme', agent: 'nobody' }))).toBe('AGENT_NOT_REGISTERED');
  const { leaseUntil = 0 } = registry.state(agents[0] as (typeof agents)[0]) ?? {};
  expect(leaseUntil - clock.now()).toBeGreaterThan(50_000);
});

test('agents of the first form are read, changed and ended', async () => {
  const client = await operator(server.url);
  const token = `cba_${'x'.repeat(42)}A`;
  const tokenDigest = sha256(token);
  const agent = {
    id: 'alice',
    tenant: 'acme',
    capabilities: [],
    registeredAt: '2026-01-01T00:00:00.000Z',
    revision: 'old',
  };
  await client.hset('{charterbus:registry}:agents', 'acme/alice', `1 ${JSON.stringify({ agent, tokenDigest })}`);
  await client.hset('{charterbus:registry}:state', 'revision', 1, 'head', 'old');
  const registry = await open({ redis: server.url });
  expect(registry.authenticate(token).agent).toEqual(agent);
  expect(registry.credentials(reference)).toEqual([{ id: 'old', kind: 'token', issuedAt: Date.UTC(2026, 0, 1) }]);
  expect((await registry.update(reference, { role: 'r' })).revision).toBe('old.1');
  expect(codeOfToken(registry, token)).toBe('done');
  await registry.revokeCredential(reference, 'old');
  expect(codeOfToken(registry, token)).toBe('CREDENTIAL_REFUSED');
  await registry.unregister(reference);
  expect(registry.list({}).agents).toEqual([]);
});

/** What somebody would have done to an agent whose change was lost: the field and the value that Redis would have. */
const rewritten = async (client: Redis, id: string, change: Readonly<Record<string, unknown>>) => {
  const stored = (await client.hget(agentsKey, `acme/${id}`)) ?? '';
  const space = stored.indexOf(' ');
  const record = JSON.parse(stored.slice(space + 1)) as object;
  const text = JSON.stringify({ ...record, version: `new-${id}`, ...change });
  return [`acme/${id}`, `${stored.slice(0, space)} ${text}`];
};

test('whoever missed changes tells of what is different: registration, quarantine, credentials and lease', async () => {
  const [here, there] = await two();
  const other = await open({ redis: server.url, prefix: 'other' });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'same']) await here.register({ id, tenant: 'acme', leaseMs: 60_000 });
  await other.register({ id: 'a', tenant: 'acme' });
  await here.quarantine({ tenant: 'acme', agent: 'd' }, 'why');
  await expect.poll(() => there.state({ tenant: 'acme', agent: 'd' })?.status, patience).toBe('quarantined');
  const before = there.find({ tenant: 'acme', agent: 'same' });
  const client = await operator(server.url);
  const fields = [
    'acme/a',
    (await client.hget('{other:registry}:agents', 'acme/a')) ?? '',
    ...(await rewritten(client, 'b', { credentials: [] })),
    ...(await rewritten(client, 'c', { quarantine: { reason: 'why', since: 1 } })),
    ...(await rewritten(client, 'd', { quarantine: undefined })),
  ];
  const last = toldUntil(there, 'expired acme/e');
  await client
    .multi()
    .hset(agentsKey, ...fields)
    .sadd('{charterbus:registry}:expired', 'acme/e')
    .hset('{charterbus:registry}:state', 'revision', 8, 'head', 'elsewhere')
    .exec();
  const kinds = ['unregistered a', 'registered a', 'credentials b', 'quarantined c', 'reinstated d', 'expired e'];
  expect(await last).toEqual(kinds.map((one) => one.replace(' ', ' acme/')));
  expect(there.find({ tenant: 'acme', agent: 'same' })).toBe(before);
});
