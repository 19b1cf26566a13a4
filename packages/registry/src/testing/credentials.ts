import assert from 'node:assert/strict';
import { mostTokens } from '../credentials/limits.js';
import type { Registry } from '../registry.js';
import { alice, aliceDraft, codeOfPromise, codeOfToken, type Suite, whoseToken } from './suite.js';

const idsOfCredentials = (registry: Registry): readonly string[] => registry.credentials(alice).map(({ id }) => id);

const issuing = (it: Suite): void => {
  it('gives an agent several tokens, each with its scopes, its end and its label', async (registry, clock) => {
    const first = await registry.register(aliceDraft);
    const request = { scopes: ['send', 'receive', 'send'], expiresAt: clock.now() + 1000, label: 'laptop' };
    const second = await registry.issueToken(alice, request);
    const { id, issuedAt, ...rest } = second.credential;
    assert.deepEqual(rest, { ...request, kind: 'token', scopes: ['receive', 'send'] });
    assert.equal(issuedAt, clock.now());
    assert.deepEqual(registry.authenticate(second.token).credential, second.credential);
    assert.equal(registry.authenticate(first.token).credential.scopes, undefined);
    assert.deepEqual(idsOfCredentials(registry), [first.credential.id, id]);
    assert.equal(whoseToken(registry, second.token), first.agent);
  });
  it('refuses a token from the moment at which it expires, and lists it no more', async (registry, clock) => {
    await registry.register(aliceDraft);
    const { token } = await registry.issueToken(alice, { expiresAt: clock.now() + 1000 });
    const authenticated = registry.authenticate(token);
    clock.advance(999);
    assert.ok(registry.isInForce(authenticated));
    clock.advance(1);
    assert.equal(codeOfToken(registry, token), 'CREDENTIAL_REFUSED');
    assert.equal(registry.isInForce(authenticated), false);
    assert.equal(registry.credentials(alice).length, 1);
  });
  it('bounds the tokens of an agent; those that have expired do not count', async (registry, clock) => {
    await registry.register(aliceDraft);
    const soon = { expiresAt: clock.now() + 1000 };
    for (let count = 1; count < mostTokens; count += 1) await registry.issueToken(alice, soon);
    assert.equal(await codeOfPromise(registry.issueToken(alice)), 'CREDENTIAL_LIMIT_REACHED');
    clock.advance(1000);
    await registry.issueToken(alice);
    assert.equal(registry.credentials(alice).length, 2);
  });
  it('refuses requests that are none, and agents that are not there', async (registry, clock) => {
    await registry.register(aliceDraft);
    const requests: readonly unknown[] = [
      { scopes: ['a b'] },
      { scopes: 'send' },
      { scopes: Array.from({ length: 33 }, (_, place) => `s${place}`) },
      { expiresAt: clock.now() },
      { expiresAt: 1.5 },
      { label: '' },
    ];
    for (const request of requests) {
      assert.equal(await codeOfPromise(registry.issueToken(alice, request as object)), 'REQUEST_INVALID');
    }
    const bob = { ...alice, agent: 'bob' };
    assert.equal(await codeOfPromise(registry.issueToken(bob)), 'AGENT_NOT_REGISTERED');
    assert.equal(await codeOfPromise(registry.revokeCredential(bob, 'x')), 'AGENT_NOT_REGISTERED');
    assert.deepEqual(registry.credentials(bob), []);
  });
};

const ending = (it: Suite): void => {
  it('ends a token at once when it is revoked, and no other', async (registry) => {
    const first = await registry.register(aliceDraft);
    const second = await registry.issueToken(alice);
    const authenticated = registry.authenticate(first.token);
    await registry.revokeCredential(alice, first.credential.id);
    assert.equal(codeOfToken(registry, first.token), 'CREDENTIAL_REFUSED');
    assert.equal(registry.isInForce(authenticated), false);
    assert.equal(whoseToken(registry, second.token), registry.find(alice));
    const again = registry.revokeCredential(alice, first.credential.id);
    assert.equal(await codeOfPromise(again), 'CREDENTIAL_NOT_FOUND');
  });
  it('puts a token in the place of another, at once or after an overlap', async (registry, clock) => {
    await registry.register(aliceDraft);
    const request = { scopes: ['send'], expiresAt: clock.now() + 10_000, label: 'laptop' };
    const first = await registry.issueToken(alice, request);
    clock.advance(1000);
    const second = await registry.rotateToken(alice, first.credential.id, { overlapMs: 500 });
    assert.equal(second.credential.expiresAt, clock.now() + 10_000);
    assert.deepEqual([second.credential.scopes, second.credential.label], [['send'], 'laptop']);
    const both = [first.token, second.token];
    assert.deepEqual(
      both.map((token) => codeOfToken(registry, token)),
      ['done', 'done'],
    );
    clock.advance(500);
    assert.deepEqual(
      both.map((token) => codeOfToken(registry, token)),
      ['CREDENTIAL_REFUSED', 'done'],
    );
    const third = await registry.rotateToken(alice, second.credential.id);
    assert.equal(codeOfToken(registry, second.token), 'CREDENTIAL_REFUSED');
    assert.equal(codeOfToken(registry, third.token), 'done');
    assert.equal(await codeOfPromise(registry.rotateToken(alice, first.credential.id)), 'CREDENTIAL_NOT_FOUND');
    const forever = registry.rotateToken(alice, third.credential.id, { overlapMs: Number.POSITIVE_INFINITY });
    assert.equal(await codeOfPromise(forever), 'REQUEST_INVALID');
  });
  it('does not let an overlap outlast the end that a token had', async (registry, clock) => {
    await registry.register(aliceDraft);
    const first = await registry.issueToken(alice, { expiresAt: clock.now() + 100 });
    await registry.rotateToken(alice, first.credential.id, { overlapMs: 5000 });
    clock.advance(100);
    assert.equal(codeOfToken(registry, first.token), 'CREDENTIAL_REFUSED');
  });
  it('holds what was let in to the registration, not to the revision', async (registry) => {
    const { token } = await registry.register(aliceDraft);
    const authenticated = registry.authenticate(token);
    await registry.update(alice, { role: 'r' });
    assert.ok(registry.isInForce(authenticated));
    await registry.unregister(alice);
    assert.equal(registry.isInForce(authenticated), false);
    await registry.register(aliceDraft);
    assert.equal(registry.isInForce(authenticated), false);
  });
  it('holds the credentials of tenants apart, also where a credential is named by another one', async (registry) => {
    const rival = { tenant: 'rival', agent: 'alice' };
    const ours = await registry.register(aliceDraft);
    const theirs = await registry.register({ ...aliceDraft, tenant: 'rival' });
    const foreign = registry.revokeCredential(alice, theirs.credential.id);
    assert.equal(await codeOfPromise(foreign), 'CREDENTIAL_NOT_FOUND');
    await registry.revokeCredential(rival, theirs.credential.id);
    assert.deepEqual(registry.credentials(rival), []);
    assert.equal(whoseToken(registry, ours.token), ours.agent);
  });
};

export const credentials = (it: Suite): void => {
  issuing(it);
  ending(it);
};
