import { seededRandom } from '@charterbus/core-models';
import type { RedisServer } from '@charterbus/tooling/testing';
import { expect, test } from 'vitest';
import type { Registry } from '../../src/index.js';
import {
  codeOf,
  codeOfCall,
  codeOfError,
  durable,
  needsRedis,
  open,
  operator,
  ownRedis,
  patience,
  toldUntil,
} from '../support/redis.js';

const alice = { id: 'alice', tenant: 'acme' };
const reference = { tenant: 'acme', agent: 'alice' };

needsRedis();

/** What was acknowledged: tokens that must be good, agents that must be quarantined or gone; what is unknown is in none. */
interface Acknowledged {
  readonly live: Map<string, string>;
  readonly quarantined: Set<string>;
  readonly gone: Set<string>;
}

/** Registers agents without end, and unregisters or quarantines some, until a change fails. */
const keepChanging = async (registry: Registry, name: string, acknowledged: Acknowledged, onChange: () => void) => {
  const { live, quarantined, gone } = acknowledged;
  for (let count = 0; ; count += 1) {
    const id = `${name}-${count}`;
    const reference = { tenant: 'acme', agent: id };
    try {
      live.set(id, (await registry.register({ id, tenant: 'acme' })).token);
      onChange();
      if (count % 3 === 2) continue;
      live.delete(id);
      if (count % 3 === 0) gone.add(await registry.unregister(reference).then(() => id));
      else quarantined.add(await registry.quarantine(reference, 'why').then(() => id));
      onChange();
    } catch (error) {
      return codeOfError(error);
    }
  }
};

test.each([1, 2, 3])(
  'a Redis that is killed and starts again has lost nothing that was acknowledged (seed %i)',
  async (seed) => {
    const server = await ownRedis(durable);
    const options = { redis: server.url, changeMs: 300 };
    const registries = await Promise.all([open(options), open(options)]);
    const acknowledged = { live: new Map<string, string>(), quarantined: new Set<string>(), gone: new Set<string>() };
    for (const round of [1, 2, 3]) {
      let left = 1 + ((seededRandom(seed * 10 + round).bytes(1)[0] ?? 0) % 60);
      const killed = Promise.withResolvers<void>();
      const count = (): void => {
        left -= 1;
        if (left === 0) killed.resolve(server.kill());
      };
      const ends = await Promise.all(
        [...registries, ...registries].map((registry, place) =>
          keepChanging(registry, `r${round}-${place}`, acknowledged, count),
        ),
      );
      await killed.promise;
      for (const code of ends) expect(['STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN']).toContain(code);
      await server.restart();
      const fresh = await open({ redis: server.url });
      for (const registry of [fresh, ...registries]) {
        await expect.poll(() => codeOfCall(() => registry.checkCurrent()), patience).toBe('done');
        await expect.poll(() => registry.list({ limit: 1000 }), patience).toEqual(fresh.list({ limit: 1000 }));
        for (const [id, token] of acknowledged.live) expect(registry.authenticate(token).agent.id).toBe(id);
        // Agents are listed without their states, which may come a moment later.
        const notQuarantined = (): readonly string[] =>
          Array.from(acknowledged.quarantined).filter(
            (agent) => registry.state({ tenant: 'acme', agent })?.status !== 'quarantined',
          );
        await expect.poll(notQuarantined, patience).toEqual([]);
        for (const agent of acknowledged.gone) expect(registry.find({ tenant: 'acme', agent })).toBeUndefined();
      }
    }
  },
);

test('a change waits for a Redis that comes back in time, and many of them only within a bound', async () => {
  const server = await ownRedis(durable);
  const registry = await open({ redis: server.url, changeMs: 10_000 });
  await server.kill();
  const waiting = Array.from({ length: 1000 }, (_, place) => codeOf(registry.register({ ...alice, id: `a${place}` })));
  await expect(registry.register(alice)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfterMs: 1000 });
  await server.restart();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['done']));
});

test('a change is refused where Redis does not come back in time, and a registry is not opened on what is not there', async () => {
  const server = await ownRedis();
  const registry = await open({ redis: server.url, changeMs: 100 });
  await server.kill();
  expect(await codeOf(registry.register(alice))).toBe('STORE_UNAVAILABLE');
  expect(await codeOf(registry.unregister(reference))).toBe('STORE_UNAVAILABLE');
  expect(await codeOf(open({ redis: server.url, staleMs: 200 }))).toBe('STORE_UNAVAILABLE');
});

test('scripts that Redis has forgotten are there all the same', async () => {
  const server = await ownRedis();
  const registry = await open({ redis: server.url });
  const client = await operator(server.url);
  for (const change of [() => registry.register(alice), () => registry.unregister(reference)]) {
    await client.script('FLUSH');
    await change();
  }
  expect(registry.find(reference)).toBeUndefined();
});

test('a full memory refuses registrations without a trace; agents come in, and can still be ended', async () => {
  const server = await ownRedis();
  const registry = await open({ redis: server.url });
  const { token } = await registry.register(alice);
  await server.configure('maxmemory', '1');
  await expect(registry.register({ ...alice, id: 'bob' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(registry.authenticate(token).agent.id).toBe('alice');
  await registry.unregister(reference);
  await server.configure('maxmemory', '0');
  await registry.register({ ...alice, id: 'bob' });
  expect(registry.list({}).agents.map(({ id }) => id)).toEqual(['bob']);
});

test('on a node of a cluster all keys of a script are in one slot', async () => {
  const server: RedisServer = await ownRedis({ args: ['--cluster-enabled', 'yes'] });
  const client = await operator(server.url);
  await client.cluster('ADDSLOTSRANGE', 0, 16_383);
  // It takes no writes for its first two seconds.
  await expect.poll(() => client.cluster('INFO'), patience).toContain('cluster_state:ok');
  const registry = await open({ redis: server.url });
  await registry.register(alice);
  await registry.unregister(reference);
  expect(registry.list({})).toEqual({ agents: [] });
});

test('a stored agent that cannot be read is said, never skipped', async () => {
  const server = await ownRedis();
  const client = await operator(server.url);
  const errors: unknown[] = [];
  const registry = await open({ redis: server.url, staleMs: 400, onConnectionError: (error) => errors.push(error) });
  await registry.register(alice);
  for (const stored of ['nonsense', '1 nonsense', '1 {"agent":{"id":"a/b"},"tokenDigest":"d"}', '1 {}']) {
    await client.hset('{charterbus:registry}:agents', 'acme/alice', stored);
    expect(await codeOf(open({ redis: server.url }))).toBe('STORE_CORRUPT');
  }
  // Who follows notices when it loads anew; nobody is let in on half of the agents.
  await client.hset('{charterbus:registry}:state', 'head', 'other');
  await expect.poll(() => codeOfCall(() => registry.checkCurrent()), patience).toBe('REGISTRY_STALE');
  expect(errors.map(codeOfError)).toContain('STORE_CORRUPT');
});

test('a registry may be given a client, which it neither uses nor closes', async () => {
  const server = await ownRedis();
  const client = await operator(server.url);
  const [here, there] = await Promise.all([open({ redis: client }), open({ redis: server.url })]);
  const told = toldUntil(there, 'registered acme/alice');
  await here.register(alice);
  await told;
  await here.close();
  expect(await client.ping()).toBe('PONG');
});

test('options out of bounds are refused', async () => {
  const redis = 'redis://127.0.0.1:1';
  const refused = [
    { prefix: '{a}' },
    { prefix: '' },
    { staleMs: 99 },
    { staleMs: Number.NaN },
    { changeMs: 0 },
    { changesKept: 0.5 },
  ];
  for (const options of refused) expect(await codeOf(open({ redis, ...options }))).toBe('CONFIGURATION_INVALID');
});

test('closing waits for changes under way, ends within their time though Redis is silent, and only once', async () => {
  const server = await ownRedis();
  const registry = await open({ redis: server.url, changeMs: 300, staleMs: 200 });
  await registry.register(alice);
  server.pause();
  const change = codeOf(registry.unregister(reference));
  await Promise.all([registry.close(), registry.close()]);
  expect(await change).toBe('STORE_OUTCOME_UNKNOWN');
  server.resume();
  expect(await codeOf(registry.register(alice))).toBe('STORE_UNAVAILABLE');
});
