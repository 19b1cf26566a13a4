import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type MessageDraft,
  type SigningOptions,
  signedDigest,
  signingInput,
  signMessage,
  statementOf,
} from '../../src/index.js';

const keys = generateKeyPairSync('ed25519');
const now = Date.UTC(2026, 0, 1, 0, 0, 0, 500);
const options: SigningOptions = {
  agent: { id: 'boss', tenant: 'acme' },
  privateKey: keys.privateKey,
  now,
  nonce: 'abcdefghijklmnop',
};
const draft: MessageDraft = { to: { agent: 'worker' }, type: 'query', content: { b: 1, a: [null, 'é'] } };

const parts = ({ signature }: { signature: string }): readonly [string, Buffer] => {
  const [header = '', bytes = ''] = signature.split('..');
  return [header, Buffer.from(bytes, 'base64url')];
};

describe('signing a message', () => {
  it('is over what the bus will keep, in a header of its own', () => {
    const signed = signMessage(draft, { ...options, kid: 'key-1' });
    const [header, bytes] = parts(signed);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))).toEqual({
      alg: 'EdDSA',
      nonce: 'abcdefghijklmnop',
      iat: now / 1000,
      kid: 'key-1',
    });
    const statement = {
      tenant: 'acme',
      from: 'boss',
      to: { tenant: 'acme', agent: 'worker' },
      type: 'query',
      priority: 'normal',
      content: { a: [null, 'é'], b: 1 },
    } as const;
    expect(verify(null, Buffer.from(signingInput(header, statement)), keys.publicKey, bytes)).toBe(true);
    const { signature, ...rest } = signed;
    expect(rest).toEqual(draft);
    expect(signature).toMatch(/^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{86}$/);
  });

  it('takes a key as a JWK, and gives one text for one draft', () => {
    const privateKey = keys.privateKey.export({ format: 'jwk' });
    expect(signMessage(draft, { ...options, privateKey })).toEqual(signMessage(draft, options));
  });

  it('is not over what is about the sending alone, or said anyway', () => {
    const more: MessageDraft = {
      ...draft,
      dedupeKey: 'd',
      atomic: true,
      from: 'boss',
      tenant: 'acme',
      priority: 'normal',
    };
    const complete: MessageDraft = { ...more, to: { agent: 'worker', tenant: 'acme' }, signature: 'old..one' };
    expect(signMessage(complete, options).signature).toBe(signMessage(draft, options).signature);
  });

  it('writes instants as the bus does', () => {
    const at = Date.UTC(2026, 5, 1);
    const stated = (expiresAt: string | number): string => signMessage({ ...draft, expiresAt }, options).signature;
    expect(stated('2026-06-01T02:00:00+02:00')).toBe(stated(at));
    expect(stated('2026-06-01T00:00:00Z')).toBe(stated(at));
    expect(stated(at + 1)).not.toBe(stated(at));
  });

  it.each<[string, MessageDraft, string]>([
    ['a delay', { ...draft, delayMs: 5 }, 'MESSAGE_INVALID'],
    ['another sender', { ...draft, from: 'other' }, 'IDENTITY_CLAIMED'],
    ['another tenant', { ...draft, tenant: 'other' }, 'IDENTITY_CLAIMED'],
    ['no address', { type: 'query', content: 1 } as unknown as MessageDraft, 'MESSAGE_INVALID'],
    ['content that JSON cannot hold', { ...draft, content: 1n }, 'MESSAGE_INVALID'],
  ])('refuses a draft with %s', (_, own, code) => {
    expect(() => signMessage(own, options)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses keys and nonces that are none', () => {
    const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const change of [
      { privateKey: keys.publicKey },
      { privateKey: rsa.privateKey },
      { nonce: 'short' },
      { nonce: 'a b'.repeat(9) },
    ]) {
      expect(() => signMessage(draft, { ...options, ...change })).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
      );
    }
  });
});

describe('a statement', () => {
  const sender = options.agent;
  it('completes every kind of address', () => {
    const to = (address: MessageDraft['to']): unknown =>
      statementOf({ to: address, type: 'event', content: 1 }, sender).to;
    expect(to({ everyone: true })).toEqual({ tenant: 'acme', everyone: true });
    expect(to({ topic: 'a.b' })).toEqual({ tenant: 'acme', topic: 'a.b' });
    expect(to({ capability: 'c', tenant: 'other' })).toEqual({ tenant: 'other', capability: 'c' });
  });

  it('holds all that is stated, and each of it counts', () => {
    const plain = { to: { agent: 'a' }, type: 'event', content: 1 } as const;
    const digests = [
      plain,
      { ...plain, conversationId: 'c' },
      { ...plain, inReplyTo: 'c' },
      { ...plain, orderingKey: 'c' },
      { ...plain, constitutionalHash: 'c' },
      { ...plain, headers: { c: 'c' } },
      { ...plain, retry: { attempts: 2 } },
      { ...plain, expiresAt: now },
      { ...plain, deliverAt: now },
      { ...plain, priority: 'high' as const },
    ].map((one) => signedDigest(statementOf(one, sender)));
    expect(new Set(digests).size).toBe(digests.length);
  });
});
