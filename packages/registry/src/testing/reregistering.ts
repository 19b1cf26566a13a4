import assert from 'node:assert/strict';
import type { KeyProof } from '../credentials/credential.js';
import { makeKey, proofOf } from './keys.js';
import { alice, aliceDraft, codeOfPromise, codeOfToken, type Suite, whoseToken } from './suite.js';

export const reregistering = (it: Suite): void => {
  it('lets an agent state itself anew by its key: the same registration, and no credential of before', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    const first = await registry.register({ ...aliceDraft, publicKey });
    const authenticated = registry.authenticate(first.token);
    const session = await registry.openSession(await proofOf(registry, alice, privateKey));
    const draft = { ...aliceDraft, publicKey, role: 'judicial' };
    const second = await registry.reregister(draft, await proofOf(registry, alice, privateKey, draft));
    assert.equal(second.agent.revision, `${first.agent.revision}.1`);
    assert.equal(second.agent.registeredAt, first.agent.registeredAt);
    assert.equal(second.agent.role, 'judicial');
    assert.deepEqual(registry.credentials(alice), [second.credential]);
    for (const token of [first.token, session.token]) assert.equal(codeOfToken(registry, token), 'CREDENTIAL_REFUSED');
    assert.equal(registry.isInForce(authenticated), false);
    assert.equal(whoseToken(registry, second.token), registry.find(alice));
  });
  it('takes another revision also where the agent states the same, and another key by the old one', async (registry) => {
    const [old, young] = [makeKey(), makeKey()];
    const { agent } = await registry.register({ ...aliceDraft, publicKey: old.publicKey });
    const same = { ...aliceDraft, publicKey: old.publicKey };
    const second = await registry.reregister(same, await proofOf(registry, alice, old.privateKey, same));
    assert.equal(second.agent.revision, `${agent.revision}.1`);
    const draft = { ...aliceDraft, publicKey: young.publicKey };
    const byNew = registry.reregister(draft, await proofOf(registry, alice, young.privateKey, draft));
    assert.equal(await codeOfPromise(byNew), 'CREDENTIAL_REFUSED');
    await registry.reregister(draft, await proofOf(registry, alice, old.privateKey, draft));
    assert.equal(registry.find(alice)?.publicKey, young.publicKey);
    const byOld = registry.reregister(draft, await proofOf(registry, alice, old.privateKey, draft));
    assert.equal(await codeOfPromise(byOld), 'CREDENTIAL_REFUSED');
  });
  it('takes no proof for another draft, another agent or a session, and none twice', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    const draft = { ...aliceDraft, publicKey };
    const { agent } = await registry.register(draft);
    const rival = { ...draft, tenant: 'rival' };
    await registry.register(rival);
    const more = { ...draft, capabilities: ['everything'] };
    const attempts: readonly (readonly [object, KeyProof])[] = [
      [more, await proofOf(registry, alice, privateKey, draft)],
      [draft, await proofOf(registry, alice, privateKey)],
      [rival, await proofOf(registry, alice, privateKey, rival)],
      [{ ...draft, id: 'nobody' }, await proofOf(registry, alice, privateKey, draft)],
    ];
    for (const [stated, proof] of attempts) {
      assert.equal(await codeOfPromise(registry.reregister(stated, proof)), 'CREDENTIAL_REFUSED');
    }
    assert.equal(registry.find(alice), agent);
    const proof = await proofOf(registry, alice, privateKey, draft);
    await registry.reregister(draft, proof);
    assert.equal(await codeOfPromise(registry.reregister(draft, proof)), 'CREDENTIAL_REFUSED');
    assert.equal(await codeOfPromise(registry.reregister({}, proof)), 'AGENT_INVALID');
  });
  it('does not lift a quarantine by it', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    const draft = { ...aliceDraft, publicKey };
    await registry.register(draft);
    await registry.quarantine(alice, 'spreads rumours');
    const { token } = await registry.reregister(draft, await proofOf(registry, alice, privateKey, draft));
    assert.equal(codeOfToken(registry, token), 'AGENT_QUARANTINED');
    assert.equal(registry.route(alice), undefined);
  });
};
