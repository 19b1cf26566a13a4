import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEnvelope, encodeEnvelope, freezeJson, type Message, messageTypes, priorities } from '../../src/index.js';
import { failureOf } from '../support/failure.js';
import { expectDeepFrozen } from '../support/frozen.js';
import { jsonValues } from '../support/json-values.js';

const full: Message = {
  content: { amount: 3 },
  headers: { trace: 'a' },
  expiresAt: '2026-01-01T00:05:00.000Z',
  createdAt: '2026-01-01T00:00:00.000Z',
  constitutionalHash: 'cdd01ef066bc6cf2',
  inReplyTo: 'earlier',
  conversationId: 'talk',
  priority: 'high',
  type: 'query',
  to: { tenant: 'acme', agent: 'worker' },
  from: 'boss',
  tenant: 'acme',
  id: '019b76da-a800-7000-8000-000000000000',
};
const optional = ['conversationId', 'inReplyTo', 'constitutionalHash', 'expiresAt', 'headers'] as const;

const messages = fc
  .record({
    content: jsonValues.map((value) => freezeJson(value, { depth: 32, bytes: 1e6 })),
    type: fc.constantFrom(...messageTypes),
    priority: fc.constantFrom(...priorities),
    headers: fc.dictionary(fc.constantFrom('trace', 'constructor', 'x'), fc.string(), { noNullPrototype: true }),
    left: fc.subarray([...optional]),
  })
  .map(({ left, ...own }): Message => {
    const message: Record<string, unknown> = { ...full, ...own, headers: { ...own.headers } };
    for (const name of left) delete message[name];
    return message as unknown as Message;
  });

describe('the one text of a message', () => {
  it('has its fields in a fixed order, however the message was put together', () => {
    expect(encodeEnvelope(full).text).toBe(
      '{"id":"019b76da-a800-7000-8000-000000000000","tenant":"acme","from":"boss",' +
        '"to":{"tenant":"acme","agent":"worker"},"type":"query","priority":"high","conversationId":"talk",' +
        '"inReplyTo":"earlier","constitutionalHash":"cdd01ef066bc6cf2","createdAt":"2026-01-01T00:00:00.000Z",' +
        '"expiresAt":"2026-01-01T00:05:00.000Z","headers":{"trace":"a"},"content":{"amount":3}}',
    );
    const reversed = Object.fromEntries(Object.entries(full).toReversed()) as unknown as Message;
    expect(encodeEnvelope(reversed).text).toBe(encodeEnvelope(full).text);
  });

  it('is read back equal and frozen, with its digest and its exact size', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { text, digest, contentBytes } = encodeEnvelope(message);
        expect(digest).toBe(createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex'));
        expect(contentBytes).toBe(Buffer.byteLength(JSON.stringify(message.content)));
        const back = decodeEnvelope(text, digest, contentBytes);
        expect([back.message, back.text, back.digest, back.contentBytes]).toEqual([
          message,
          text,
          digest,
          contentBytes,
        ]);
        expectDeepFrozen(back.message);
        expect(encodeEnvelope(back.message).text).toBe(text);
      }),
    );
  });

  it('is refused as damaged when any character of it has changed', () => {
    const { text, digest, contentBytes } = encodeEnvelope(full);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(text[at] !== character);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        expect(failureOf(() => decodeEnvelope(changed, digest, contentBytes)).code).toBe('STORE_CORRUPT');
      }),
    );
  });

  it('is refused as damaged when it never was a message', () => {
    const { digest } = encodeEnvelope(full);
    const empty = createHash('sha256').update('').digest('hex');
    expect(failureOf(() => decodeEnvelope('', digest, 0)).code).toBe('STORE_CORRUPT');
    expect(failureOf(() => decodeEnvelope('', empty, 0)).code).toBe('STORE_CORRUPT');
  });
});
