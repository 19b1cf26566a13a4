import assert from 'node:assert/strict';
import { type Agent, CharterbusError, ManualClock, seededRandom, uuidV7Source } from '@charterbus/core-models';
import type { RegistryOptions } from '../options.js';
import type { Registry, RegistryChange } from '../registry.js';

/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/** Makes an empty registry. The suite closes it. */
export type RegistryFactory = (options: RegistryOptions) => Promise<Registry>;

type Suite = (name: string, body: (registry: Registry) => Promise<void>, options?: RegistryOptions) => void;

const alice = { tenant: 'acme', agent: 'alice' };
const aliceDraft = { id: 'alice', tenant: 'acme' };

const codeOf = (thrown: unknown): string => (CharterbusError.isInstance(thrown) ? thrown.code : String(thrown));
const codeOfCall = (call: () => unknown): string => {
  try {
    call();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
};
const codeOfPromise = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', codeOf);

const seeded = (): RegistryOptions => {
  const clock = new ManualClock();
  const random = seededRandom(7);
  return { clock, random, ids: uuidV7Source(clock, random) };
};

const registering = (it: Suite): void => {
  it('makes a frozen agent with sorted, unique capabilities, a stamp and a revision', async (registry) => {
    const { agent } = await registry.register({ ...aliceDraft, role: 'judicial', capabilities: ['b', 'a', 'b', 'B'] });
    const { revision, ...rest } = agent;
    const expected = { ...aliceDraft, role: 'judicial', capabilities: ['B', 'a', 'b'] };
    assert.deepEqual(rest, { ...expected, registeredAt: '2026-01-01T00:00:00.000Z' });
    assert.match(revision, /^[0-9a-f-]{36}$/);
    assert.ok(Object.isFrozen(agent) && Object.isFrozen(agent.capabilities));
    assert.equal(registry.find(alice), agent);
  });
  it('has no role where none is stated', async (registry) => {
    const { agent } = await registry.register(aliceDraft);
    assert.ok(!('role' in agent));
    assert.deepEqual(agent.capabilities, []);
  });
  it('refuses to overwrite an agent', async (registry) => {
    const { agent, token } = await registry.register(aliceDraft);
    const again = registry.register({ ...aliceDraft, role: 'executive' });
    assert.equal(await codeOfPromise(again), 'AGENT_ALREADY_REGISTERED');
    assert.equal(registry.find(alice), agent);
    assert.equal(registry.authenticate(token), agent);
  });
  it('lets exactly one of several registrations at once win', async (registry) => {
    const roles = ['a', 'b', 'c', 'd'];
    const attempts = await Promise.allSettled(roles.map((role) => registry.register({ ...aliceDraft, role })));
    const won = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const lost = attempts.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
    assert.equal(won.length, 1);
    assert.deepEqual(
      lost,
      Array.from({ length: 3 }, () => 'AGENT_ALREADY_REGISTERED'),
    );
    assert.equal(registry.find(alice), won[0]?.agent);
  });
  it('refuses a draft that is not valid, whatever its shape', async (registry) => {
    const trap = new Proxy({}, { get: () => assert.fail('trap'), ownKeys: () => assert.fail('trap') });
    const drafts: readonly unknown[] = [
      undefined,
      null,
      1,
      'alice',
      [],
      {},
      trap,
      { id: 'alice' },
      { tenant: 'acme' },
      { ...aliceDraft, id: 'a/b' },
      { ...aliceDraft, tenant: '' },
      { ...aliceDraft, id: 'x'.repeat(200) },
      { ...aliceDraft, role: 7 },
      { ...aliceDraft, capabilities: ['a b'] },
      { ...aliceDraft, capabilities: Array.from({ length: 65 }, (_, place) => `c${place}`) },
      { ...aliceDraft, token: 'cba_mine' },
    ];
    for (const draft of drafts) assert.equal(await codeOfPromise(registry.register(draft)), 'AGENT_INVALID');
    assert.deepEqual(registry.list({}), { agents: [] });
  });
  it(
    'bounds how many agents there are',
    async (registry) => {
      const attempts = ['a', 'b', 'c'].map((id) => codeOfPromise(registry.register({ id, tenant: 'acme' })));
      assert.deepEqual(await Promise.all(attempts), ['done', 'done', 'AGENT_LIMIT_REACHED']);
      await registry.unregister({ tenant: 'acme', agent: 'a' });
      assert.equal(await codeOfPromise(registry.register({ id: 'c', tenant: 'acme' })), 'done');
    },
    { agents: 2 },
  );
};

const unregistering = (it: Suite): void => {
  it('ends the agent and its token', async (registry) => {
    const { token } = await registry.register(aliceDraft);
    await registry.unregister(alice);
    assert.equal(registry.find(alice), undefined);
    assert.equal(
      codeOfCall(() => registry.authenticate(token)),
      'CREDENTIAL_REFUSED',
    );
    assert.equal(await codeOfPromise(registry.unregister(alice)), 'AGENT_NOT_REGISTERED');
  });
  it('gives an agent that is registered anew another revision and another token', async (registry) => {
    const first = await registry.register(aliceDraft);
    await registry.unregister(alice);
    const second = await registry.register(aliceDraft);
    assert.notEqual(second.agent.revision, first.agent.revision);
    assert.notEqual(second.token, first.token);
    assert.equal(
      codeOfCall(() => registry.authenticate(first.token)),
      'CREDENTIAL_REFUSED',
    );
    assert.equal(registry.authenticate(second.token), second.agent);
  });
  it('takes changes of one agent in the order of the calls', async (registry) => {
    const changes = [
      registry.register(aliceDraft),
      registry.unregister(alice),
      registry.unregister(alice),
      registry.register({ ...aliceDraft, role: 'last' }),
    ];
    assert.deepEqual(await Promise.all(changes.map(codeOfPromise)), ['done', 'done', 'AGENT_NOT_REGISTERED', 'done']);
    assert.equal(registry.find(alice)?.role, 'last');
  });
};

const aborting = (it: Suite): void => {
  it('does nothing for a caller that has aborted', async (registry) => {
    const signal = AbortSignal.abort();
    assert.equal(await codeOfPromise(registry.register(aliceDraft, signal)), 'ABORTED');
    assert.equal(registry.find(alice), undefined);
    await registry.register(aliceDraft);
    assert.equal(await codeOfPromise(registry.unregister(alice, signal)), 'ABORTED');
    assert.ok(registry.find(alice));
  });
  it('lets a change that waits for another be aborted, and not one that is under way', async (registry) => {
    const controller = new AbortController();
    const first = registry.register(aliceDraft, controller.signal);
    const second = codeOfPromise(registry.unregister(alice, controller.signal));
    controller.abort();
    assert.equal(await second, 'ABORTED');
    const { agent, token } = await first;
    assert.equal(registry.authenticate(token), agent);
  });
};

const authenticating = (it: Suite): void => {
  it('knows an agent by its token alone', async (registry) => {
    const a = await registry.register(aliceDraft);
    const b = await registry.register({ ...aliceDraft, id: 'bob' });
    assert.match(a.token, /^cba_[A-Za-z0-9_-]{43}$/);
    assert.equal(registry.authenticate(a.token), a.agent);
    assert.equal(registry.authenticate(b.token), b.agent);
  });
  it('refuses every other token alike, and repeats none', async (registry) => {
    const { token } = await registry.register(aliceDraft);
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    const wrong: readonly unknown[] = [
      '',
      'cba_',
      `${token} `,
      token.slice(0, -1),
      token.toUpperCase(),
      `${token.slice(0, -1)}${last}`,
      undefined,
      null,
      7,
      {},
      [token],
      `cba_${'A'.repeat(43)}`,
      'A'.repeat(1_000_000),
    ];
    const errors = wrong.map((one) => {
      try {
        return registry.authenticate(one as string).id;
      } catch (error) {
        assert.ok(CharterbusError.isInstance(error));
        return JSON.stringify([error, error.message, error.cause]);
      }
    });
    assert.equal(new Set(errors).size, 1);
    assert.match(errors[0] ?? '', /CREDENTIAL_REFUSED/);
  });
  it('is current while it is open', async (registry) => {
    assert.equal(
      codeOfCall(() => registry.checkCurrent()),
      'done',
    );
  });
  it('keeps the token out of all that it says', async (registry) => {
    const said: unknown[] = [];
    using _watch = registry.watch((change) => said.push(change));
    const { token, agent } = await registry.register(aliceDraft);
    said.push(agent, registry.list({}), Array.from(registry.members('acme')), registry.authenticate(token));
    assert.doesNotMatch(JSON.stringify(said), /cba_/);
  });
};

const lookingUp = (it: Suite): void => {
  it('holds tenants apart that have agents of equal ids', async (registry) => {
    const ours = await registry.register(aliceDraft);
    const theirs = await registry.register({ ...aliceDraft, tenant: 'rival', role: 'executive' });
    assert.equal(registry.authenticate(ours.token), ours.agent);
    assert.deepEqual(Array.from(registry.members('acme')), [ours.agent]);
    assert.deepEqual(registry.list({ tenant: 'rival' }).agents, [theirs.agent]);
    await registry.unregister(alice);
    assert.equal(registry.find({ tenant: 'rival', agent: 'alice' }), theirs.agent);
    assert.equal(registry.authenticate(theirs.token), theirs.agent);
    assert.deepEqual(Array.from(registry.members('acme')), []);
  });
  it('gives the members of a tenant as they are, in the order of registration', async (registry) => {
    for (const id of ['c', 'a', 'b']) await registry.register({ id, tenant: 'acme' });
    const members = registry.members('acme');
    await registry.unregister({ tenant: 'acme', agent: 'c' });
    const idsOf = (agents: Iterable<Agent>): readonly string[] => Array.from(agents, (agent) => agent.id);
    assert.deepEqual(idsOf(members), ['c', 'a', 'b']);
    assert.deepEqual(idsOf(registry.members('acme')), ['a', 'b']);
    assert.deepEqual(idsOf(registry.members('nobody')), []);
  });
  it('lists in pages, filtered', async (registry) => {
    for (const tenant of ['b', 'a', 'a-b']) {
      for (const id of ['2', '1', '3']) {
        await registry.register({ id, tenant, role: `r${id}`, capabilities: id === '2' ? [] : ['odd'] });
      }
    }
    const keys = (filter: Parameters<Registry['list']>[0]): readonly string[] => {
      const found: string[] = [];
      for (let page = registry.list(filter); ; page = registry.list({ ...filter, after: page.next })) {
        found.push(...page.agents.map((agent) => `${agent.tenant}/${agent.id}`));
        if (page.next === undefined) return found;
      }
    };
    const all = ['a-b/1', 'a-b/2', 'a-b/3', 'a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/3'];
    for (const limit of [1, 2, 4, 9, 100]) assert.deepEqual(keys({ limit }), all);
    assert.deepEqual(keys({ tenant: 'a', limit: 2 }), ['a/1', 'a/2', 'a/3']);
    assert.deepEqual(keys({ tenant: 'a', after: 'a-b/2' }), ['a/1', 'a/2', 'a/3']);
    assert.deepEqual(keys({ capability: 'odd', tenant: 'b', limit: 1 }), ['b/1', 'b/3']);
    assert.deepEqual(keys({ role: 'r2', limit: 1 }), ['a-b/2', 'a/2', 'b/2']);
    assert.deepEqual(keys({ tenant: 'none' }), []);
    for (const limit of [0, 1001, 1.5, Number.NaN]) {
      assert.equal(
        codeOfCall(() => registry.list({ limit })),
        'REQUEST_INVALID',
      );
    }
  });
};

const watching = (it: Suite): void => {
  it('tells of each change after it is visible, until it is disposed of', async (registry) => {
    const seen: string[] = [];
    const watch = registry.watch(({ kind, agent }: RegistryChange) => {
      seen.push(`${kind} ${agent.id} ${registry.find(alice) === undefined ? 'gone' : 'there'}`);
    });
    await registry.register(aliceDraft);
    await codeOfPromise(registry.register(aliceDraft));
    await registry.unregister(alice);
    watch[Symbol.dispose]();
    await registry.register(aliceDraft);
    assert.deepEqual(seen, ['registered alice there', 'unregistered alice gone']);
  });
  const thrown: unknown[] = [];
  it(
    'is not stopped by a watcher that throws',
    async (registry) => {
      const seen: string[] = [];
      using _first = registry.watch(() => assert.fail('watcher'));
      using _second = registry.watch(({ kind }) => seen.push(kind));
      await registry.register(aliceDraft);
      assert.deepEqual(seen, ['registered']);
      assert.equal(thrown.length, 1);
    },
    { onWatcherError: (error) => thrown.push(error) },
  );
};

const closing = (it: Suite): void => {
  it('waits for changes under way, takes no more, and still knows what it knew', async (registry) => {
    const registered = registry.register(aliceDraft);
    await Promise.all([registry.close(), registry.close()]);
    const { agent } = await registered;
    assert.equal(registry.find(alice), agent);
    assert.equal(await codeOfPromise(registry.register({ ...aliceDraft, id: 'bob' })), 'STORE_UNAVAILABLE');
    assert.equal(await codeOfPromise(registry.unregister(alice)), 'STORE_UNAVAILABLE');
  });
};

/** What every `Registry` does alike. */
export const registryConformance = ({ describe, it }: ConformanceRunner, factory: RegistryFactory): void => {
  const suite: Suite = (name, body, options = {}) =>
    it(name, async () => {
      await using registry = await factory({ ...seeded(), ...options });
      await body(registry);
    });
  describe('a registry', () => {
    registering(suite);
    unregistering(suite);
    aborting(suite);
    authenticating(suite);
    lookingUp(suite);
    watching(suite);
    closing(suite);
  });
};
