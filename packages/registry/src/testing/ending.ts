import assert from 'node:assert/strict';
import { alice, aliceDraft, codeOfPromise, codeOfToken, type Suite, whoseToken } from './suite.js';

export const unregistering = (it: Suite): void => {
  it('ends the agent and its token', async (registry) => {
    const { token } = await registry.register(aliceDraft);
    await registry.unregister(alice);
    assert.equal(registry.find(alice), undefined);
    assert.equal(codeOfToken(registry, token), 'CREDENTIAL_REFUSED');
    assert.equal(await codeOfPromise(registry.unregister(alice)), 'AGENT_NOT_REGISTERED');
  });
  it('gives an agent that is registered anew another revision and another token', async (registry) => {
    const first = await registry.register(aliceDraft);
    await registry.unregister(alice);
    const second = await registry.register(aliceDraft);
    assert.notEqual(second.agent.revision, first.agent.revision);
    assert.notEqual(second.token, first.token);
    assert.equal(codeOfToken(registry, first.token), 'CREDENTIAL_REFUSED');
    assert.equal(whoseToken(registry, second.token), second.agent);
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

export const aborting = (it: Suite): void => {
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
    assert.equal(whoseToken(registry, token), agent);
  });
};

export const closing = (it: Suite): void => {
  it('waits for changes under way, takes no more, and still knows what it knew', async (registry) => {
    const registered = registry.register(aliceDraft);
    await Promise.all([registry.close(), registry.close()]);
    const { agent } = await registered;
    assert.equal(registry.find(alice), agent);
    assert.equal(await codeOfPromise(registry.register({ ...aliceDraft, id: 'bob' })), 'STORE_UNAVAILABLE');
    assert.equal(await codeOfPromise(registry.unregister(alice)), 'STORE_UNAVAILABLE');
  });
};
