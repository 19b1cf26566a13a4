import { sign } from 'node:crypto';
import { type Message, signingInput } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { createSignatureValidator, type ValidationContext } from '../../src/index.js';
import { codesOf, find } from '../support/ask.js';
import { message, now } from '../support/sample.js';
import { draft, key, keyFrom, signed, signer } from './support.js';

const validator = createSignatureValidator();
const ask = (change: Partial<Message>, told: Partial<ValidationContext> = {}): readonly string[] =>
  codesOf(find(validator, change, { sender: signer, ...told }));
const required = { signatures: { required: true } };

/** Signs with any protected header. */
const withHeader = (text: string): Message => {
  const header = Buffer.from(text, 'utf8').toString('base64url');
  const bytes = sign(null, Buffer.from(signingInput(header, message), 'utf8'), key);
  return { ...message, signature: `${header}..${bytes.toString('base64url')}` };
};
const header = { alg: 'EdDSA', nonce: 'abcdefghijklmnop', iat: now / 1000 };

describe('a signature', () => {
  it('of the sender over the message passes, required or not', () => {
    expect(ask(signed())).toEqual([]);
    expect(ask(signed(), required)).toEqual([]);
    expect(ask(withHeader(JSON.stringify({ ...header, kid: 'key-1' })))).toEqual([]);
  });

  it('that is missing is a rejection where it is required', () => {
    expect(ask({})).toEqual([]);
    expect(ask({}, required)).toEqual(['SIGNATURE_REQUIRED']);
    const { publicKey: _publicKey, ...keyless } = signer;
    expect(ask({}, { ...required, sender: keyless })).toEqual(['SIGNATURE_REQUIRED']);
    expect(ask(signed(), { sender: keyless })).toEqual(['SIGNATURE_INVALID']);
  });

  it.each<[string, Partial<Message>]>([
    ['the content', { content: { question: 'how little?' } }],
    ['the address', { to: { tenant: 'acme', agent: 'other' } }],
    ['the tenant of the address', { to: { tenant: 'other', agent: 'worker' } }],
    ['the sender', { from: 'other' }],
    ['the tenant', { tenant: 'other' }],
    ['the type', { type: 'command' }],
    ['the priority', { priority: 'critical' }],
    ['the conversation', { conversationId: 'c' }],
    ['the message answered', { inReplyTo: 'm' }],
    ['the expiry', { expiresAt: new Date(now).toISOString() }],
    ['the delivery', { deliverAt: new Date(now).toISOString() }],
    ['the ordering key', { orderingKey: 'k' }],
    ['the retry', { retry: { attempts: 2 } }],
    ['the headers', { headers: { a: 'b' } }],
    ['the attestation', { constitutionalHash: '0000000000000000' }],
  ])('over a message in which %s was changed does not verify', (_, change) => {
    expect(ask({ ...signed(), ...change })).toEqual(['SIGNATURE_INVALID']);
  });

  it('does not depend on what the bus adds', () => {
    expect(ask({ ...signed(), id: 'another', createdAt: new Date(0).toISOString() })).toEqual([]);
  });

  it('by another key, or of other words, does not verify', () => {
    expect(ask(signed({ key: keyFrom(2) }))).toEqual(['SIGNATURE_INVALID']);
    expect(ask(signed({}, { ...draft, content: 'other' }))).toEqual(['SIGNATURE_INVALID']);
  });
});

describe('a protected header', () => {
  const change = (changed: object): string => JSON.stringify({ ...header, ...changed });
  it.each<[string, string]>([
    ['alg none', change({ alg: 'none' })],
    ['another alg', change({ alg: 'HS256' })],
    ['b64', change({ b64: false })],
    ['crit', change({ crit: ['b64'] })],
    ['a key of its own', change({ jwk: {} })],
    ['an unknown parameter', change({ typ: 'JWT' })],
    ['a short nonce', change({ nonce: 'short' })],
    ['a long nonce', change({ nonce: 'n'.repeat(65) })],
    ['a nonce with signs', change({ nonce: 'abcdefghijklmn/+' })],
    ['no nonce', JSON.stringify({ alg: 'EdDSA', iat: 1 })],
    ['an iat finer than milliseconds', change({ iat: 1.5005 })],
    ['an iat beyond all time', change({ iat: 1e21 })],
    ['an iat as a text', change({ iat: '1' })],
    ['a negative iat', change({ iat: -1 })],
    ['a kid that is empty', change({ kid: '' })],
    ['a kid that is long', change({ kid: 'k'.repeat(129) })],
    ['a name twice', `{"alg":"none","alg":"EdDSA","nonce":"${header.nonce}","iat":${header.iat}}`],
    ['an escaped name twice', `{"alg":"EdDSA","\\u0061lg":"EdDSA","nonce":"${header.nonce}","iat":${header.iat}}`],
    ['a list', JSON.stringify([header])],
    ['no JSON', 'EdDSA'],
    ['too much', `${' '.repeat(500)}${JSON.stringify(header)}`],
  ])('with %s is refused, though the signature is right', (_, text) => {
    expect(ask(withHeader(text))).toEqual(['SIGNATURE_INVALID']);
  });

  it.each(['', '..', 'a..b', 'a.b.c', '....', `${signed().signature}.x`, `${signed().signature}=`, 'x'.repeat(5000)])(
    'is refused where the whole is %s',
    (signature) => {
      expect(ask({ ...message, signature })).toEqual(['SIGNATURE_INVALID']);
    },
  );

  it('has one text: other base64url of the same bytes is refused', () => {
    const { signature = '' } = signed();
    const last = signature.charAt(signature.length - 1);
    const next = String.fromCharCode(last.charCodeAt(0) + 1);
    expect(Buffer.from(signature.split('..')[1] ?? '', 'base64url')).toHaveLength(64);
    expect(ask({ ...message, signature: signature.slice(0, -1) + next })).toEqual(['SIGNATURE_INVALID']);
  });
});
