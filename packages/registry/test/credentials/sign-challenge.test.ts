import { createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { challengeText, createMemoryRegistry, signChallenge } from '../../src/index.js';

/** RFC 8032, section 7.1, test 1. */
const privateKey = createPrivateKey({
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString('base64url'),
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
  format: 'jwk',
});
const agent = { tenant: 'acme', agent: 'alice' };

test('the text says what the proof is for, to whom, and by which challenge', () => {
  expect(challengeText({ agent, challenge: 'cbc_x' })).toBe('charterbus-session-v1\ncharterbus\nacme/alice\ncbc_x');
  const draft = { id: 'alice', tenant: 'acme', capabilities: ['b', 'a', 'b'], metadata: { z: '1', a: '2' } };
  const text = challengeText({ agent, challenge: 'cbc_x', audience: 'mine', draft });
  expect(text).toMatch(/^charterbus-register-v1\nmine\nacme\/alice\ncbc_x\n[0-9a-f]{64}$/);
  const same = { metadata: { a: '2', z: '1' }, capabilities: ['a', 'b'], tenant: 'acme', id: 'alice' };
  expect(challengeText({ agent, challenge: 'cbc_x', audience: 'mine', draft: same })).toBe(text);
  expect(() => challengeText({ agent, challenge: 'cbc_x', draft: {} })).toThrow('The agent is not valid');
});

test('a client in another language gets the same signature, since Ed25519 draws nothing', () => {
  expect(signChallenge({ agent, challenge: 'cbc_x' }, privateKey)).toBe(expectedSignature);
});

// Made by another implementation (OpenSSL's command line) over the text of the first test.
const expectedSignature = 'V00uwxjkyIQLaqMxwH5cKWpIV7Xts0nGUa4h5wjK1NhOL1fSfrXe_ogQZllSVB7UsWoDV4BjDzLs5gptSJT0AA';

test('a proof for one bus is none for another, though the agent is the same', async () => {
  const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
  await using one = createMemoryRegistry({ audience: 'one' });
  await using other = createMemoryRegistry({ audience: 'other' });
  for (const registry of [one, other]) await registry.register({ id: 'alice', tenant: 'acme', publicKey: x });
  const { challenge, audience } = await other.challenge(agent);
  expect(audience).toBe('other');
  const signature = signChallenge({ agent, audience: 'one', challenge }, privateKey);
  await expect(other.openSession({ challenge, signature })).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });
  // Nor does a challenge of one registry open another.
  const foreign = signChallenge({ agent, audience: 'one', challenge }, privateKey);
  await expect(one.openSession({ challenge, signature: foreign })).rejects.toMatchObject({
    code: 'CREDENTIAL_REFUSED',
  });
});

test('sessions and challenges last as long as the options say', async () => {
  const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
  const clock = { now: () => 1000, monotonic: () => 0 };
  await using registry = createMemoryRegistry({ clock, sessionMs: 5000, challengeMs: 2000 });
  await registry.register({ id: 'alice', tenant: 'acme', publicKey: x });
  const { challenge, expiresAt } = await registry.challenge(agent);
  const session = await registry.openSession({ challenge, signature: signChallenge({ agent, challenge }, privateKey) });
  expect([expiresAt, session.expiresAt]).toEqual([3000, 6000]);
});
