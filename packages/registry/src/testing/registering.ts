import assert from 'node:assert/strict';
import type { CharterbusError } from '@charterbus/core-models';
import { alice, aliceDraft, codeOfPromise, type Suite, whoseToken } from './suite.js';

export const registering = (it: Suite): void => {
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
    assert.equal(whoseToken(registry, token), agent);
  });
  it('lets exactly one of several registrations at once win', async (registry) => {
    const roles = ['a', 'b', 'c', 'd'];
    const attempts = await Promise.allSettled(roles.map((role) => registry.register({ ...aliceDraft, role })));
    const won = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const lost = attempts.flatMap((one) => (one.status === 'rejected' ? [(one.reason as CharterbusError).code] : []));
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
