import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BundleTrust, readBundle, readPublicKeys } from '../../src/index.js';
import { keyPair, Publisher } from '../support/bundles.js';

const jwkOf = (pem: string, more: Readonly<Record<string, unknown>>) => ({
  ...createPublicKey(pem).export({ format: 'jwk' }),
  ...more,
});
const setOf = (...keys: readonly unknown[]): string => JSON.stringify({ keys });

describe('public keys of a file', () => {
  it('are one in PEM, with an id', () => {
    const { publicKey } = keyPair('ES256');
    expect(readPublicKeys(publicKey, 'release')).toEqual([{ id: 'release', algorithm: 'ES256', publicKey }]);
    expect(() => readPublicKeys(publicKey, undefined)).toThrow('A key in PEM needs an id.');
  });

  it('are those of a JSON Web Key Set, which verify what their owners signed', async () => {
    const [first, second] = [new Publisher({ id: 'a' }), new Publisher({ id: 'b', algorithm: 'PS256' })];
    const set = setOf(
      jwkOf(first.keys.publicKey, { kid: 'a' }),
      jwkOf(second.keys.publicKey, { kid: 'b', alg: 'PS256', use: 'sig' }),
      jwkOf(keyPair('ES256').publicKey, { kid: 'c', use: 'enc' }),
    );
    const keys = readPublicKeys(set, undefined);
    expect(keys.map(({ id, algorithm }) => [id, algorithm])).toEqual([
      ['a', 'EdDSA'],
      ['b', 'PS256'],
    ]);
    const trust = new BundleTrust({ keys, scope: 'production' });
    for (const publisher of [first, second]) {
      const { signedBy } = await readBundle(await publisher.publish(), { trust });
      expect(signedBy).toBe(publisher.id);
    }
    expect(readPublicKeys(set, 'b').map(({ id }) => id)).toEqual(['b']);
  });

  const { publicKey } = keyPair('ES256');
  const whole = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  it.each([
    ['{', undefined, /neither PEM nor a JSON Web Key Set/],
    ['{}', undefined, /has keys, each with kty and kid/],
    [setOf(), undefined, /has keys, each with kty and kid/],
    [setOf(jwkOf(publicKey, {})), undefined, /has keys, each with kty and kid/],
    [setOf(jwkOf(publicKey, { kid: 'a' })), 'b', /no key of this id/],
    [setOf(jwkOf(publicKey, { kid: 'a', alg: 'HS256' })), undefined, /is no algorithm for bundles/],
    [setOf({ kty: 'oct', kid: 'a', k: 'c2VjcmV0' }), undefined, /The key a is not a public one alone/],
    [setOf({ ...whole, kid: 'a' }), undefined, /The key a is not a public one alone/],
    [setOf({ kty: 'EC', kid: 'a', crv: 'P-256', x: 'x', y: 'y' }), undefined, /The key a cannot be read/],
    ['no key', 'a', /The key a is not an unencrypted key in PEM/],
  ])('are refused where there are none to verify with', (document, id, message) => {
    expect(() => readPublicKeys(document, id)).toThrow(message);
  });
});
