import { expect, test } from 'vitest';
import { bindsMessage, EnvelopeBinding, encodeEnvelope, type Message } from '../../src/index.js';

const message: Message = Object.freeze({
  id: '01900000-0000-7000-8000-000000000000',
  tenant: 'acme',
  from: 'planner',
  to: Object.freeze({ tenant: 'acme', agent: 'worker' }),
  type: 'query',
  priority: 'normal',
  createdAt: '2026-01-01T00:00:00.000Z',
  content: Object.freeze({ a: 1 }),
});
const { digest } = encodeEnvelope(message);
const constitution = { hash: 'c'.repeat(64), dataVersion: 'd'.repeat(64) };
const recipient = { key: 'acme/worker', revision: 'r' };

test('its JSON is that of a binding that was written out', () => {
  const binding = new EnvelopeBinding(encodeEnvelope(message), recipient, constitution);
  expect(binding.messageDigest).toBe(digest);
  expect(JSON.parse(JSON.stringify(binding))).toEqual({
    messageDigest: digest,
    recipient: 'acme/worker',
    recipientRevision: 'r',
    constitutionDigest: constitution.hash,
    dataVersion: constitution.dataVersion,
  });
});

test('it binds its own message without a digest, equal bytes by theirs, and no others', () => {
  let made = 0;
  const own = {
    message,
    text: '',
    contentBytes: 7,
    leastBytes: 7,
    get digest(): string {
      made += 1;
      return digest;
    },
  };
  const binding = new EnvelopeBinding(own, recipient, constitution);
  expect(bindsMessage(binding, own)).toBe(true);
  expect(made).toBe(0);
  expect(bindsMessage(binding, encodeEnvelope(message))).toBe(true);
  expect(bindsMessage(binding, encodeEnvelope({ ...message, content: { a: 2 } }))).toBe(false);
  expect(bindsMessage(binding.toJSON(), own)).toBe(true);
});
