import assert from 'node:assert/strict';
import { alice, aliceDraft, codeOfPromise, codeOfToken, idsOf, type Suite, told } from './suite.js';

/** The shortest there is: some registries take part in real time. */
const leaseMs = 1000;

export const leases = (it: Suite): void => {
  it('takes an agent that is not heard of in time out of routing, and back in when it is', async (registry, clock) => {
    const { agent, token } = await registry.register({ ...aliceDraft, leaseMs, capabilities: ['plan'] });
    const rival = { ...aliceDraft, tenant: 'rival' };
    await registry.register(rival);
    const authenticated = registry.authenticate(token);
    assert.equal(registry.state(alice)?.status, 'active');
    const expired = told(registry, 'expired');
    clock.advance(leaseMs);
    assert.equal(await expired, agent);
    assert.equal(registry.state(alice)?.status, 'expired');
    assert.equal(registry.route(alice), undefined);
    assert.deepEqual(idsOf(registry.members('acme')), []);
    assert.deepEqual(idsOf(registry.withCapability('acme', 'plan')), []);
    assert.deepEqual(idsOf(registry.list({ status: 'expired' }).agents), ['alice']);
    assert.equal(registry.find(alice), agent);
    // It may come back by speaking.
    assert.equal(codeOfToken(registry, token), 'done');
    assert.ok(registry.isInForce(authenticated));
    assert.deepEqual(idsOf(registry.members('rival')), ['alice']);

    const returned = told(registry, 'returned');
    assert.equal((await registry.heartbeat(alice)).status, 'active');
    assert.equal(await returned, agent);
    assert.equal(registry.route(alice), agent);
    assert.deepEqual(idsOf(registry.withCapability('acme', 'plan')), ['alice']);
  });
  it('says when the lease runs out and when it last heard of the agent', async (registry, clock) => {
    await registry.register({ ...aliceDraft, leaseMs: 60_000 });
    const { leaseUntil = 0, heardAt } = await registry.heartbeat(alice);
    assert.equal(heardAt, clock.now());
    assert.ok(leaseUntil > clock.now() + 50_000 && leaseUntil <= clock.now() + 60_000);
  });
  it('only notes a heartbeat of an agent that needs none', async (registry, clock) => {
    await registry.register(aliceDraft);
    assert.deepEqual(await registry.heartbeat(alice), { status: 'active', heardAt: clock.now() });
    const bob = { ...alice, agent: 'bob' };
    assert.equal(await codeOfPromise(registry.heartbeat(bob)), 'AGENT_NOT_REGISTERED');
  });
  it('counts a quarantine above a lease, and lifts one without the other', async (registry, clock) => {
    await registry.register({ ...aliceDraft, leaseMs });
    await registry.quarantine(alice, 'spreads rumours');
    const expired = told(registry, 'expired');
    clock.advance(leaseMs);
    await expired;
    assert.equal(registry.state(alice)?.status, 'quarantined');
    await registry.reinstate(alice, 'they were true');
    assert.equal(registry.state(alice)?.status, 'expired');
    // An operator's change is no sign of life, unless it is that none is needed.
    await registry.update(alice, { role: 'r', leaseMs: 2 * leaseMs });
    assert.equal(registry.route(alice), undefined);
    const returned = told(registry, 'returned');
    const agent = await registry.update(alice, { leaseMs: null });
    await returned;
    assert.equal(registry.route(alice), agent);
  });
};
