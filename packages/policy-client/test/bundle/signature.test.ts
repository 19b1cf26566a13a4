import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type ConstitutionFile, ManualClock } from '@charterbus/core-models';
import { CompactSign, importPKCS8 } from 'jose';
import { describe, expect, it } from 'vitest';
import { documentDigest } from '../../src/bundle/signature/document-digest.js';
import {
  type BundleStated,
  BundleTrust,
  bundleOfFiles,
  readBundle,
  type SignatureAlgorithm,
  signatureAlgorithms,
  signedFiles,
  statedFiles,
  usualAlgorithm,
} from '../../src/index.js';
import { file, keyPair, Publisher, smallConstitution } from '../support/bundles.js';

const published: BundleStated = { status: 'published' };
const publisher = new Publisher();
const refusal = (message: RegExp) => ({
  code: 'BUNDLE_SIGNATURE_INVALID',
  message: expect.stringMatching(message) as unknown,
});
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const unsigned = statedFiles(smallConstitution(), published);
const listed = unsigned.map(({ path, bytes }) => ({
  name: path,
  hash: documentDigest(path, bytes),
  algorithm: 'SHA-256',
}));
const withToken = (token: string, more: object = {}): readonly ConstitutionFile[] => [
  ...unsigned,
  file('.signatures.json', JSON.stringify({ signatures: [token], ...more })),
];

/** Signs any claims under any header, with the publisher's own key. */
const signed = async (claims: object, header: object = { kid: publisher.id }): Promise<readonly ConstitutionFile[]> => {
  const key = await importPKCS8(publisher.keys.privateKey, publisher.algorithm);
  const payload = Buffer.from(JSON.stringify({ files: listed, scope: publisher.scope, ...claims }));
  const token = await new CompactSign(payload).setProtectedHeader({ alg: publisher.algorithm, ...header }).sign(key);
  return withToken(token);
};
const verify = (files: readonly ConstitutionFile[], trust = publisher.trust) => bundleOfFiles(files, { trust });

describe('a signed bundle', () => {
  it.each(signatureAlgorithms)('verifies with %s', async (algorithm) => {
    const own = new Publisher({ algorithm });
    const bundle = await readBundle(await own.publish(), { trust: own.trust, source: 'a test' });
    expect(bundle).toMatchObject({
      name: 'small',
      revision: 1,
      status: 'published',
      signedBy: 'release',
      source: 'a test',
      revokes: [],
    });
    expect(bundle.files.map(({ path }) => path)).toEqual(['data/limits.json', 'manifest.yaml', 'policies/all.cedar']);
    const stranger = new Publisher({ algorithm });
    await expect(readBundle(await own.publish(), { trust: stranger.trust })).rejects.toMatchObject(
      refusal(/not made with/),
    );
  });

  it('keeps the bytes that were verified, whatever becomes of those that were given', async () => {
    const bytes = Buffer.from(await publisher.publish());
    const bundle = await readBundle(bytes, { trust: publisher.trust });
    const before = Buffer.from(bundle.container ?? []).toString('hex');
    bytes.fill(0);
    expect(Buffer.from(bundle.container ?? []).toString('hex')).toBe(before);
  });

  it('is refused where nobody signed it', async () => {
    await expect(verify(unsigned)).rejects.toMatchObject(refusal(/not signed/));
  });

  it.each([
    ['two tokens', (token: string) => JSON.stringify({ signatures: [token, token] })],
    ['no token', () => '{"signatures": []}'],
    ['another way of signing', (token: string) => JSON.stringify({ signatures: [token], plugin: 'mine' })],
    ['something more', (token: string) => JSON.stringify({ signatures: [token], more: 1 })],
    ['no JSON', () => 'signatures'],
    ['no token but words', () => '{"signatures": ["word"]}'],
    ['a token of four parts', (token: string) => JSON.stringify({ signatures: [`${token}.x`] })],
  ])('is refused with %s', async (_, content) => {
    const files = await signedFiles(smallConstitution(), publisher.signer, published);
    const own = files.find(({ path }) => path === '.signatures.json')?.bytes ?? new Uint8Array();
    const { signatures } = JSON.parse(Buffer.from(own).toString()) as { signatures: [string] };
    await expect(verify([...unsigned, file('.signatures.json', content(signatures[0]))])).rejects.toMatchObject({
      code: 'BUNDLE_SIGNATURE_INVALID',
    });
    await expect(verify(withToken(signatures[0], { plugin: '_default' }))).resolves.toMatchObject({
      signedBy: 'release',
    });
  });

  it.each([
    ['another scope', { scope: 'staging' }, /another scope/],
    ['no scope', { scope: undefined }, /another scope/],
    ['a second key in the claims', { keyid: 'other' }, /two keys/],
    ['no list of files', { files: undefined }, /not of the form/],
    ['a file listed twice', { files: [...listed, listed[0]] }, /lists a file twice/],
    [
      'a file that is not there',
      { files: [...listed, { ...listed[0], name: 'gone' }] },
      /gone: is signed and not there/,
    ],
    ['a file left out', { files: listed.slice(1) }, /\.manifest: is not covered/],
    [
      'a path with a slash before it',
      { files: listed.map((one) => ({ ...one, name: `/${one.name}` })) },
      /not covered/,
    ],
    [
      'the hash of another',
      { files: [{ ...listed[0], hash: listed[1]?.hash }, ...listed.slice(1)] },
      /not what was signed/,
    ],
    ['MD5', { files: listed.map((one) => ({ ...one, algorithm: 'MD5' })) }, /SHA-2 family/],
    ['SHA-1', { files: listed.map((one) => ({ ...one, algorithm: 'SHA-1' })) }, /SHA-2 family/],
  ])('is refused with %s', async (_, claims, message) => {
    await expect(verify(await signed(claims))).rejects.toMatchObject(refusal(message));
  });

  it('may list other hashes of the SHA-2 family', async () => {
    const files = unsigned.map(({ path, bytes }) => ({
      name: path,
      hash: documentDigest(path, bytes, 'SHA-512'),
      algorithm: 'SHA-512',
    }));
    await expect(verify(await signed({ files, iss: 'whoever' }))).resolves.toMatchObject({ signedBy: 'release' });
  });

  it('ends where its signature says so', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1));
    const { id, algorithm, scope, keys } = publisher;
    const trust = new BundleTrust({ keys: [{ id, algorithm, publicKey: keys.publicKey }], scope, clock });
    const files = await signed({ exp: Date.UTC(2026, 0, 2) / 1_000 });
    await expect(verify(files, trust)).resolves.toMatchObject({ status: 'published' });
    clock.advance(24 * 3_600_000);
    await expect(verify(files, trust)).rejects.toMatchObject(refusal(/expired/));
  });

  it('binds every byte of the constitution, also spaces that OPA passes over', async () => {
    const files = await signedFiles(
      [...smallConstitution(), file('data/data.json', '{"a": 1}')],
      publisher.signer,
      published,
    );
    const spaced = files.map((one) => (one.path === 'data/data.json' ? file(one.path, '{"a":  1}') : one));
    await expect(verify(spaced)).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringMatching(/another constitutional hash/) as unknown,
    });
  });

  it.each([
    ['a key twice', '{"a": 1, "a": 1}', /the key "a" twice/],
    ['half a surrogate pair', String.raw`{"a": "\ud800"}`, /surrogate/],
    ['something behind its end', '{} {}', /not JSON/],
    ['levels without end', '['.repeat(200) + ']'.repeat(200), /deeper than/],
  ])('is not made with data that readers take differently: %s', async (_, content, message) => {
    const files = [...smallConstitution(), file('data/data.json', content)];
    await expect(signedFiles(files, publisher.signer)).rejects.toMatchObject(refusal(message));
  });

  it.each([
    'a: yes',
    'a: 2001-01-01',
    'a: 010',
    'a: &x 1\nb: *x',
    '<<: {a: 1}',
    'a: !!str 1',
    '1: a',
    'a: 1\na: 2',
    '\uFEFFa: 1',
    'a: [',
    '? [a]\n: b',
  ])('is not made with YAML that readers take differently: %j', async (content) => {
    const files = [...smallConstitution(), file('tests/data.yaml', content)];
    await expect(signedFiles(files, publisher.signer)).rejects.toMatchObject({ code: 'BUNDLE_SIGNATURE_INVALID' });
  });
});

it('takes no longer for many keys than for their bytes, since the file is read before anybody vouches for it', {
  timeout: 10_000,
}, () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`);
  const { path, bytes } = file('tests/data.yaml', keys.join('\n'));
  expect(documentDigest(path, bytes)).toMatch(/^[0-9a-f]{64}$/);
});

describe('keys cannot be confused', () => {
  const rsa = new Publisher({ algorithm: 'RS256' });

  it('by taking the public key for a secret', async () => {
    for (const secret of [rsa.keys.publicKey, Buffer.from(rsa.keys.publicKey).toString('base64')]) {
      const signing = `${base64({ alg: 'HS256', kid: 'release' })}.${base64({ files: listed, scope: 'production' })}`;
      const token = `${signing}.${createHmac('sha256', secret).update(signing).digest('base64url')}`;
      await expect(verify(withToken(token), rsa.trust)).rejects.toMatchObject(refusal(/"HS256" proves nothing/));
    }
  });

  it.each(['none', 'None', 'HS512', 'ES256K', 'RSA-OAEP', 7, undefined])('by the algorithm %j', async (alg) => {
    const token = `${base64({ alg, kid: 'release' })}.${base64({ files: listed, scope: 'production' })}.`;
    await expect(verify(withToken(token), rsa.trust)).rejects.toMatchObject(refusal(/proves nothing/));
  });

  it('by another algorithm of the same key', async () => {
    const files = await signedFiles(smallConstitution(), { ...rsa.signer, algorithm: 'PS256' }, published);
    await expect(verify(files, rsa.trust)).rejects.toMatchObject(refusal(/of another algorithm/));
  });

  it('by naming another of the configured keys, or none of several', async () => {
    const second = keyPair('EdDSA');
    const trust = new BundleTrust({
      scope: publisher.scope,
      keys: [
        { id: 'release', algorithm: 'EdDSA', publicKey: publisher.keys.publicKey },
        { id: 'next', algorithm: 'EdDSA', publicKey: second.publicKey },
      ],
    });
    await expect(verify(await signed({}), trust)).resolves.toMatchObject({ signedBy: 'release' });
    await expect(verify(await signed({}, { kid: 'next' }), trust)).rejects.toMatchObject(
      refusal(/not made with the key next/),
    );
    await expect(verify(await signed({}, { kid: 'gone' }), trust)).rejects.toMatchObject(refusal(/not configured/));
    await expect(verify(await signed({}, {}), trust)).rejects.toMatchObject(refusal(/not configured/));
    await expect(verify(await signed({}, {}))).resolves.toMatchObject({ signedBy: 'release' });
    await expect(verify(await signed({}, { kid: 7 }))).rejects.toMatchObject(refusal(/no text/));
  });

  it('by a critical header that is not understood', async () => {
    const token = `${base64({ alg: 'EdDSA', kid: 'release', crit: ['x'], x: 1 })}.${base64({ files: listed })}.AA`;
    await expect(verify(withToken(token))).rejects.toMatchObject(refusal(/not made with/));
  });
});

describe('the usual algorithm of a key', () => {
  it.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256'] as const)('is %s for what fits it', (algorithm) => {
    const { publicKey, privateKey } = keyPair(algorithm);
    expect(usualAlgorithm(publicKey, 'release')).toBe(algorithm);
    expect(usualAlgorithm(privateKey, 'release')).toBe(algorithm);
  });

  it.each([
    ['words', 'words', /not an unencrypted key/],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      /of no kind/,
    ],
  ])('is none for %s', (_, pem, message) => {
    expect(() => usualAlgorithm(pem, 'release')).toThrow(message);
  });

  it('is the only kind that a private key signs with', async () => {
    const { privateKey: pem } = keyPair('ES256');
    const sign = (algorithm: SignatureAlgorithm, privateKey: string) =>
      signedFiles(smallConstitution(), { id: 'release', scope: 'production', algorithm, privateKey });
    await expect(sign('EdDSA', pem)).rejects.toThrow(/needs an Ed25519 key/);
    await expect(sign('ES256', 'words')).rejects.toThrow(/not an unencrypted private key/);
  });
});

describe('a trust', () => {
  const pem = (bits: number): string =>
    generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const { publicKey, privateKey } = keyPair('ES256');
  const key = (algorithm: string, text: string, id = 'release') => ({
    id,
    algorithm: algorithm as SignatureAlgorithm,
    publicKey: text,
  });

  it.each([
    ['no key', [], 'scope', /at least one key/],
    ['no scope', [key('ES256', publicKey)], '', /need a scope/],
    ['one id twice', [key('ES256', publicKey), key('ES256', publicKey)], 'scope', /an id of its own/],
    ['an empty id', [key('ES256', publicKey, '')], 'scope', /needs an id/],
    ['a private key', [key('ES256', privateKey)], 'scope', /is a private key/],
    ['words', [key('ES256', 'words')], 'scope', /not a public key/],
    ['another curve', [key('ES384', publicKey)], 'scope', /curve secp384r1/],
    ['a curve for RSA', [key('RS256', publicKey)], 'scope', /needs an RSA key/],
    ['a curve for Ed25519', [key('EdDSA', publicKey)], 'scope', /needs an Ed25519 key/],
    ['a short RSA key', [key('RS256', pem(1024))], 'scope', /2048 bits/],
    ['a symmetric algorithm', [key('HS256', 'secret')], 'scope', /"HS256" is no algorithm/],
  ])('is not made of %s', (_, keys, scope, message) => {
    expect(() => new BundleTrust({ keys, scope })).toThrow(message);
  });
});
