import { CharterbusError } from '@charterbus/core-models';
import { openMemoryStore } from '@charterbus/store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryRegistry, type Registry } from '../src/index.js';
import { openSqliteRegistry, registryNamespace } from '../src/sqlite/index.js';

interface Step {
  readonly kind: 'register' | 'unregister';
  readonly tenant: string;
  readonly id: string;
}

/** Two tenants, equal ids throughout; `a-b` and `a` share a beginning, as keys must not mind. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('register', 'unregister'),
  tenant: fc.constantFrom('a', 'a-b'),
  id: fc.constantFrom('x', 'y', 'z'),
});
const bursts = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 8 });

const perform = async (registry: Registry, { kind, tenant, id }: Step): Promise<string> => {
  if (kind === 'register') return (await registry.register({ id, tenant })).token;
  await registry.unregister({ tenant, agent: id });
  return '';
};

/** What must hold after a burst: each agent is found by its tenant and its token, and by nothing else. */
const expectSame = (registry: Registry, live: ReadonlyMap<string, string>, ended: readonly string[]): void => {
  const listed = registry.list({ limit: 1000 }).agents.map((agent) => `${agent.tenant}/${agent.id}`);
  expect(listed).toEqual([...live.keys()].toSorted());
  for (const [key, token] of live) {
    const [tenant = '', agent = ''] = key.split('/');
    expect(registry.authenticate(token).agent).toBe(registry.find({ tenant, agent }));
    expect(registry.authenticate(token).agent).toMatchObject({ tenant, id: agent });
  }
  for (const tenant of ['a', 'a-b']) {
    const members = Array.from(registry.members(tenant), (agent) => `${agent.tenant}/${agent.id}`);
    expect(members.toSorted()).toEqual(listed.filter((key) => key.startsWith(`${tenant}/`)));
  }
  for (const token of ended) expect(() => registry.authenticate(token)).toThrow('The credential is not valid.');
};

const play = async (registry: Registry, history: readonly (readonly Step[])[]): Promise<Map<string, string>> => {
  const live = new Map<string, string>();
  const ended: string[] = [];
  for (const burst of history) {
    const outcomes = await Promise.allSettled(burst.map((one) => perform(registry, one)));
    for (const [place, outcome] of outcomes.entries()) {
      const { kind = 'register', tenant = '', id = '' } = burst[place] ?? {};
      const key = `${tenant}/${id}`;
      const possible = (kind === 'register') !== live.has(key);
      if (outcome.status === 'rejected') {
        expect([possible, CharterbusError.isInstance(outcome.reason)]).toEqual([false, true]);
        continue;
      }
      expect(possible).toBe(true);
      if (kind === 'register') live.set(key, outcome.value);
      else {
        ended.push(live.get(key) ?? '');
        live.delete(key);
      }
    }
    expectSame(registry, live, ended);
  }
  return live;
};

test('two tenants of equal ids never meet: memory', async () => {
  const property = fc.asyncProperty(bursts, async (history) => {
    await play(createMemoryRegistry(), history);
  });
  await expect(fc.assert(property, { numRuns: 200 })).resolves.toBeUndefined();
});

test('two tenants of equal ids never meet: SQLite, also when it is loaded again', async () => {
  const property = fc.asyncProperty(bursts, async (history) => {
    await using store = await openMemoryStore({ namespaces: [registryNamespace] });
    const live = await play(await openSqliteRegistry({ store }), history);
    expectSame(await openSqliteRegistry({ store }), live, []);
  });
  await expect(fc.assert(property, { numRuns: 100 })).resolves.toBeUndefined();
});
