import assert from 'node:assert/strict';
import type { Registry } from '../registry.js';
import { alice, aliceDraft, codeOfCall, idsOf, type Suite, whoseToken } from './suite.js';

export const lookingUp = (it: Suite): void => {
  it('holds tenants apart that have agents of equal ids', async (registry) => {
    const ours = await registry.register(aliceDraft);
    const theirs = await registry.register({ ...aliceDraft, tenant: 'rival', role: 'executive' });
    assert.equal(whoseToken(registry, ours.token), ours.agent);
    assert.deepEqual(Array.from(registry.members('acme')), [ours.agent]);
    assert.deepEqual(registry.list({ tenant: 'rival' }).agents, [theirs.agent]);
    await registry.unregister(alice);
    assert.equal(registry.find({ tenant: 'rival', agent: 'alice' }), theirs.agent);
    assert.equal(whoseToken(registry, theirs.token), theirs.agent);
    assert.deepEqual(Array.from(registry.members('acme')), []);
  });
  it('gives the members of a tenant as they are, in the order of registration', async (registry) => {
    for (const id of ['c', 'a', 'b']) await registry.register({ id, tenant: 'acme' });
    const members = registry.members('acme');
    await registry.unregister({ tenant: 'acme', agent: 'c' });
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
