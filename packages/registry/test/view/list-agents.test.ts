import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AgentFilter, createMemoryRegistry, type Registry } from '../../src/index.js';

const choice = (...values: readonly string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

const filters = fc.record({
  tenant: choice('a', 'a-b', 'none'),
  id: choice('x', 'y', 'none'),
  role: choice('r', 's'),
  type: choice('t'),
  capability: choice('plan', 'none'),
  status: fc.option(fc.constantFrom('active' as const, 'quarantined' as const), { nil: undefined }),
});

const population = fc.array(
  fc.record({
    tenant: fc.constantFrom('a', 'a-b', 'b'),
    id: fc.constantFrom('x', 'y', 'z', 'y-z'),
    role: choice('r', 's'),
    type: choice('t', 'u'),
    isCapable: fc.boolean(),
    isQuarantined: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** All pages of so many. */
const paged = (registry: Registry, filter: AgentFilter, limit: number): readonly string[] => {
  const keys: string[] = [];
  for (let page = registry.list({ ...filter, limit }); ; page = registry.list({ ...filter, limit, after: page.next })) {
    keys.push(...page.agents.map(({ tenant, id }) => `${tenant}/${id}`));
    if (page.next === undefined) return keys;
  }
};

test('pages of whatever size have what the filter names, in order, whichever index answers', async () => {
  const property = fc.asyncProperty(population, filters, async (people, filter) => {
    const registry = createMemoryRegistry();
    const expected = new Set<string>();
    for (const { isCapable, isQuarantined, ...rest } of people) {
      const key = `${rest.tenant}/${rest.id}`;
      const reference = { tenant: rest.tenant, agent: rest.id };
      if (registry.find(reference) !== undefined) continue;
      const draft = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      await registry.register({ ...draft, capabilities: isCapable ? ['plan'] : [] });
      if (isQuarantined) await registry.quarantine(reference, 'why');
      const is = { ...rest, capability: isCapable ? 'plan' : '', status: isQuarantined ? 'quarantined' : 'active' };
      const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
      if (asked.every(([name, value]) => is[name as keyof typeof is] === value)) expected.add(key);
    }
    const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    for (const limit of [1, 2, 100]) expect(paged(registry, asked, limit)).toEqual([...expected].toSorted());
  });
  await expect(fc.assert(property, { numRuns: 200, seed: 31 })).resolves.toBeUndefined();
});
