import assert from 'node:assert/strict';
import { registrationOf } from '@charterbus/core-models';
import { alice, aliceDraft, codeOfPromise, idsOf, type Suite, whoseToken } from './suite.js';

export const updating = (it: Suite): void => {
  it('changes what the patch names and keeps the rest, under the next revision of the same registration', async (registry) => {
    const { agent: first, token } = await registry.register({ ...aliceDraft, role: 'judicial', capabilities: ['a'] });
    const patch = { capabilities: ['c', 'b', 'c'], type: 'planner', metadata: { b: '2', a: '1' }, leaseMs: 60_000 };
    const second = await registry.update(alice, patch);
    const { revision, ...rest } = second;
    assert.deepEqual(rest, {
      ...aliceDraft,
      role: 'judicial',
      capabilities: ['b', 'c'],
      type: 'planner',
      metadata: { a: '1', b: '2' },
      leaseMs: 60_000,
      registeredAt: first.registeredAt,
    });
    assert.equal(revision, `${first.revision}.1`);
    assert.ok(Object.isFrozen(second) && Object.isFrozen(second.metadata) && Object.isFrozen(second.capabilities));
    const third = await registry.update(alice, { role: null, type: null, metadata: null, leaseMs: null });
    assert.deepEqual(Object.keys(third).toSorted(), ['capabilities', 'id', 'registeredAt', 'revision', 'tenant']);
    assert.equal(third.revision, `${first.revision}.2`);
    assert.equal(registrationOf(third.revision), registrationOf(first.revision));
    assert.equal(registry.find(alice), third);
    assert.equal(whoseToken(registry, token), third);
  });
  it('makes no change where the patch makes none', async (registry) => {
    const { agent } = await registry.register({ ...aliceDraft, role: 'r', metadata: { a: '1', b: '2' } });
    const kinds: string[] = [];
    using _watch = registry.watch(({ kind }) => kinds.push(kind));
    for (const patch of [{}, { role: 'r' }, { metadata: { b: '2', a: '1' } }, { type: null }, { capabilities: [] }]) {
      assert.equal(await registry.update(alice, patch), agent);
    }
    assert.deepEqual(kinds, []);
  });
  it('never gives an agent that is registered anew a revision that one had before', async (registry) => {
    const seen = new Set<string>();
    for (const round of [1, 2, 3]) {
      seen.add((await registry.register(aliceDraft)).agent.revision);
      seen.add((await registry.update(alice, { role: `r${round}` })).revision);
      seen.add((await registry.update(alice, { role: null })).revision);
      await registry.unregister(alice);
    }
    assert.equal(seen.size, 9);
  });
  it('refuses a patch that is none, and agents that are not there', async (registry) => {
    await registry.register(aliceDraft);
    const patches = [undefined, 7, [], { id: 'bob' }, { tenant: 'rival' }, { role: '' }, { capabilities: null }];
    for (const patch of [...patches, { leaseMs: 10 }, { publicKey: 'short' }, { metadata: { a: 1 } }]) {
      assert.equal(await codeOfPromise(registry.update(alice, patch)), 'AGENT_INVALID');
    }
    const bob = { ...alice, agent: 'bob' };
    assert.equal(await codeOfPromise(registry.update(bob, { role: 'r' })), 'AGENT_NOT_REGISTERED');
  });
  it('keeps look-ups right, and the order of registration', async (registry) => {
    for (const id of ['a', 'b', 'c']) await registry.register({ id, tenant: 'acme', capabilities: ['old', 'both'] });
    await registry.update({ tenant: 'acme', agent: 'a' }, { capabilities: ['new', 'both'] });
    assert.deepEqual(idsOf(registry.members('acme')), ['a', 'b', 'c']);
    const capable = (capability: string) => idsOf(registry.withCapability('acme', capability)).toSorted();
    assert.deepEqual([capable('old'), capable('new'), capable('both')], [['b', 'c'], ['a'], ['a', 'b', 'c']]);
    assert.deepEqual(idsOf(registry.list({ capability: 'new' }).agents), ['a']);
  });
};
