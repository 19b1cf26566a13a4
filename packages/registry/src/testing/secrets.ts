import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { sha256 } from '@charterbus/core-models';
import { makeKey, proofOf } from './keys.js';
import { alice, aliceDraft, type Suite } from './suite.js';

const deeply = { depth: Number.POSITIVE_INFINITY, showHidden: true } as const;

export const secrets = (it: Suite): void => {
  it('shows neither a secret nor its digest in whatever it says but the answer that hands it out', async (registry) => {
    const said: unknown[] = [registry];
    using _watch = registry.watch((change) => said.push(change));
    const { privateKey, publicKey } = makeKey();
    const draft = { ...aliceDraft, publicKey };
    const first = await registry.register(draft);
    const second = await registry.issueToken(alice, { scopes: ['send'] });
    const third = await registry.rotateToken(alice, second.credential.id, { overlapMs: 1000 });
    const proof = await proofOf(registry, alice, privateKey);
    const session = await registry.openSession(proof);
    const failed = await Promise.allSettled([
      registry.register(draft),
      registry.openSession(proof),
      registry.reregister(draft, proof),
      registry.revokeCredential(alice, first.token),
      registry.rotateToken(alice, first.token),
      registry.issueToken(alice, { label: first.token.repeat(2) }),
      registry.update(alice, { role: first.token.repeat(2) }),
    ]);
    assert.ok(failed.every(({ status }) => status === 'rejected'));
    said.push(...failed, ...failed.map((one) => (one.status === 'rejected' ? (one.reason as unknown) : one.status)));
    said.push(registry.find(alice), registry.list({}), registry.state(alice), registry.credentials(alice));
    said.push(Array.from(registry.members('acme')), registry.authenticate(session.token), session.agent);
    const tokens = [first, second, third, session].map(({ token }) => token);
    await registry.unregister(alice);
    const texts = said.flatMap((one) => [JSON.stringify(one), inspect(one, deeply), String(one)]).join('\n');
    for (const token of tokens) {
      assert.equal(texts.includes(token.slice(4)), false);
      assert.equal(texts.includes(sha256(token)), false);
    }
    assert.equal(texts.includes(proof.signature), false);
  });
};
