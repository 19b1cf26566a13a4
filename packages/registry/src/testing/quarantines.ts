import assert from 'node:assert/strict';
import { makeKey, proofOf } from './keys.js';
import { alice, aliceDraft, codeOfPromise, codeOfToken, idsOf, type Suite } from './suite.js';

export const quarantines = (it: Suite): void => {
  it('keeps the agent from speaking and from being routed to, and can still find it', async (registry, clock) => {
    const { privateKey, publicKey } = makeKey();
    const { agent, token } = await registry.register({ ...aliceDraft, publicKey, capabilities: ['plan'] });
    const authenticated = registry.authenticate(token);
    const proof = await proofOf(registry, alice, privateKey);
    await registry.quarantine(alice, 'spreads rumours');
    const quarantine = { reason: 'spreads rumours', since: clock.now() };
    assert.deepEqual(registry.state(alice)?.quarantine, quarantine);
    assert.equal(registry.state(alice)?.status, 'quarantined');
    assert.equal(codeOfToken(registry, token), 'AGENT_QUARANTINED');
    assert.equal(registry.isInForce(authenticated), false);
    assert.equal(await codeOfPromise(registry.openSession(proof)), 'AGENT_QUARANTINED');
    assert.equal(registry.route(alice), undefined);
    assert.deepEqual(idsOf(registry.members('acme')), []);
    assert.deepEqual(idsOf(registry.withCapability('acme', 'plan')), []);
    assert.equal(registry.find(alice), agent);
    assert.deepEqual(idsOf(registry.list({ status: 'quarantined' }).agents), ['alice']);
    assert.deepEqual(idsOf(registry.list({ status: 'active' }).agents), []);
  });
  it('tells of no quarantine where the token is not right', async (registry) => {
    const { token, credential } = await registry.register(aliceDraft);
    await registry.issueToken(alice);
    await registry.revokeCredential(alice, credential.id);
    await registry.quarantine(alice, 'spreads rumours');
    assert.equal(codeOfToken(registry, token), 'CREDENTIAL_REFUSED');
    assert.equal(codeOfToken(registry, `cba_${'A'.repeat(43)}`), 'CREDENTIAL_REFUSED');
  });
  it('is lifted with a reason, and then everything is as it was', async (registry) => {
    const { agent, token } = await registry.register({ ...aliceDraft, capabilities: ['plan'] });
    const authenticated = registry.authenticate(token);
    await registry.quarantine(alice, 'spreads rumours');
    await registry.reinstate(alice, 'they were true');
    assert.equal(codeOfToken(registry, token), 'done');
    assert.ok(registry.isInForce(authenticated));
    assert.equal(registry.route(alice), agent);
    assert.deepEqual(idsOf(registry.withCapability('acme', 'plan')), ['alice']);
    assert.equal(registry.state(alice)?.status, 'active');
  });
  it('takes the newest reason, and tells of what is news', async (registry) => {
    await registry.register(aliceDraft);
    const kinds: string[] = [];
    using _watch = registry.watch(({ kind }) => kinds.push(kind));
    for (const reason of ['first', 'first', 'second']) await registry.quarantine(alice, reason);
    assert.equal(registry.state(alice)?.quarantine?.reason, 'second');
    for (const reason of ['enough', 'enough']) await registry.reinstate(alice, reason);
    assert.deepEqual(kinds, ['quarantined', 'quarantined', 'reinstated']);
  });
  it('refuses a reason that is none, and agents that are not there', async (registry) => {
    await registry.register(aliceDraft);
    for (const reason of ['', 'x'.repeat(1001), '\uD800', 7 as unknown as string]) {
      assert.equal(await codeOfPromise(registry.quarantine(alice, reason)), 'REQUEST_INVALID');
      assert.equal(await codeOfPromise(registry.reinstate(alice, reason)), 'REQUEST_INVALID');
    }
    const bob = { ...alice, agent: 'bob' };
    assert.equal(await codeOfPromise(registry.quarantine(bob, 'why')), 'AGENT_NOT_REGISTERED');
    assert.equal(await codeOfPromise(registry.reinstate(bob, 'why')), 'AGENT_NOT_REGISTERED');
    assert.equal(registry.state(bob), undefined);
  });
  it('holds tenants apart that have agents of equal ids', async (registry) => {
    await registry.register(aliceDraft);
    const { token } = await registry.register({ ...aliceDraft, tenant: 'rival' });
    await registry.quarantine(alice, 'spreads rumours');
    assert.equal(codeOfToken(registry, token), 'done');
    assert.equal(registry.state({ tenant: 'rival', agent: 'alice' })?.status, 'active');
    assert.deepEqual(idsOf(registry.list({ tenant: 'rival', status: 'quarantined' }).agents), []);
  });
};
