import assert from 'node:assert/strict';
import { mostProofs, mostSessions } from '../credentials/limits.js';
import { signChallenge } from '../credentials/sign-challenge.js';
import { makeKey, proofOf } from './keys.js';
import { alice, aliceDraft, codeOfPromise, codeOfToken, type Suite } from './suite.js';

const opening = (it: Suite): void => {
  it('opens a session for whoever signs the challenge with the key of the agent', async (registry, clock) => {
    const { privateKey, publicKey } = makeKey();
    const { agent } = await registry.register({ ...aliceDraft, publicKey });
    const proof = await proofOf(registry, alice, privateKey);
    const session = await registry.openSession({ ...proof, scopes: ['send'] });
    assert.match(session.token, /^cbs_[A-Za-z0-9_-]{43}$/);
    assert.equal(session.agent, agent);
    assert.equal(session.expiresAt, clock.now() + 900_000);
    assert.deepEqual([session.credential.kind, session.credential.scopes], ['session', ['send']]);
    assert.deepEqual(registry.authenticate(session.token), { agent, credential: session.credential });
    clock.advance(900_000);
    assert.equal(codeOfToken(registry, session.token), 'CREDENTIAL_REFUSED');
  });
  it('takes each challenge once, and only in its time', async (registry, clock) => {
    const { privateKey, publicKey } = makeKey();
    await registry.register({ ...aliceDraft, publicKey });
    const proof = await proofOf(registry, alice, privateKey);
    const codes = await Promise.all([1, 2, 3].map(() => codeOfPromise(registry.openSession(proof))));
    assert.deepEqual(codes.toSorted(), ['CREDENTIAL_REFUSED', 'CREDENTIAL_REFUSED', 'done']);
    const late = await proofOf(registry, alice, privateKey);
    clock.advance(60_000);
    assert.equal(await codeOfPromise(registry.openSession(late)), 'CREDENTIAL_REFUSED');
  });
  it('bounds the sessions of an agent: the oldest goes', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    await registry.register({ ...aliceDraft, publicKey });
    const tokens: string[] = [];
    for (let count = 0; count <= mostSessions; count += 1) {
      tokens.push((await registry.openSession(await proofOf(registry, alice, privateKey))).token);
    }
    const codes = tokens.map((token) => codeOfToken(registry, token));
    assert.deepEqual(codes, ['CREDENTIAL_REFUSED', ...Array.from({ length: mostSessions }, () => 'done')]);
    assert.equal(registry.credentials(alice).length, 1 + mostSessions);
  });
  it('revokes a session like every credential', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    await registry.register({ ...aliceDraft, publicKey });
    const { token, credential } = await registry.openSession(await proofOf(registry, alice, privateKey));
    assert.equal(await codeOfPromise(registry.rotateToken(alice, credential.id)), 'CREDENTIAL_NOT_FOUND');
    await registry.revokeCredential(alice, credential.id);
    assert.equal(codeOfToken(registry, token), 'CREDENTIAL_REFUSED');
  });
};

const refusing = (it: Suite): void => {
  it('refuses all else alike, and uses up no challenge by it', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    const other = makeKey();
    const draft = { ...aliceDraft, publicKey };
    await registry.register(draft);
    await registry.register({ ...draft, tenant: 'rival', publicKey: other.publicKey });
    await registry.register({ id: 'keyless', tenant: 'acme' });
    const good = await proofOf(registry, alice, privateKey);
    const { challenge } = good;
    const signed = (change: object) => signChallenge({ challenge, agent: alice, ...change }, privateKey);
    const proofs: readonly object[] = [
      await proofOf(registry, alice, other.privateKey),
      await proofOf(registry, alice, privateKey, draft),
      await proofOf(registry, { tenant: 'rival', agent: 'alice' }, privateKey),
      await proofOf(registry, { tenant: 'acme', agent: 'nobody' }, privateKey),
      await proofOf(registry, { tenant: 'acme', agent: 'keyless' }, privateKey),
      { challenge, signature: signed({ audience: 'another-bus' }) },
      { challenge, signature: signed({ agent: { tenant: 'rival', agent: 'alice' } }) },
      { challenge, signature: 'A'.repeat(86) },
      { challenge, signature: `${good.signature}=` },
      { challenge: `${challenge.slice(0, -1)}${challenge.endsWith('A') ? 'B' : 'A'}`, signature: good.signature },
      { challenge: 'cbc_', signature: good.signature },
      { challenge: 'A'.repeat(1_000_000), signature: good.signature },
      { challenge: undefined, signature: undefined },
      { challenge: 7, signature: {} },
    ];
    const said = await Promise.all(
      proofs.map((proof) =>
        registry.openSession(proof as typeof good).then(
          () => 'done',
          (error) => JSON.stringify(error),
        ),
      ),
    );
    assert.equal(new Set(said).size, 1);
    assert.match(said[0] ?? '', /CREDENTIAL_REFUSED/);
    await registry.openSession(good);
  });
  it('answers a stranger alike, whoever exists', async (registry) => {
    const { publicKey } = makeKey();
    await registry.register({ ...aliceDraft, publicKey });
    const shapes = await Promise.all(
      ['alice', 'nosuc'].map(async (agent) => {
        const { challenge, ...rest } = await registry.challenge({ tenant: 'acme', agent });
        return [challenge.length, rest];
      }),
    );
    assert.deepEqual(shapes[0], shapes[1]);
  });
  it('bounds how often an agent proves itself in the life of a challenge', async (registry) => {
    const { privateKey, publicKey } = makeKey();
    await registry.register({ ...aliceDraft, publicKey });
    for (let count = 0; count < mostProofs; count += 1) {
      await registry.openSession(await proofOf(registry, alice, privateKey));
    }
    const proof = await proofOf(registry, alice, privateKey);
    assert.equal(await codeOfPromise(registry.openSession(proof)), 'TOO_MANY_REQUESTS');
    const bob = { id: 'bob', tenant: 'acme', publicKey };
    await registry.register(bob);
    await registry.openSession(await proofOf(registry, { tenant: 'acme', agent: 'bob' }, privateKey));
  });
};

export const sessions = (it: Suite): void => {
  opening(it);
  refusing(it);
};
