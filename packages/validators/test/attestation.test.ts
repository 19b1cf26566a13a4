import { decodeEnvelope, encodeEnvelope, type Message } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attestationValidator, type Finding } from '../src/index.js';
import { context, message, shortHash } from './support/sample.js';

const unstated = (stated: Message): Message => {
  const { constitutionalHash: _, ...rest } = stated;
  return rest;
};
const ask = (stated: string | undefined, required = true): Finding | undefined => {
  const asked = stated === undefined ? unstated(message) : { ...message, constitutionalHash: stated };
  const answer = attestationValidator.validate(
    asked,
    { ...context, attestation: { shortHash, required } },
    new AbortController().signal,
  );
  if (!Array.isArray(answer)) throw new Error('the attestation is checked at once');
  return (answer as readonly Finding[])[0];
};

describe('the attestation', () => {
  it('passes where it is the hash in force', () => {
    expect(ask(shortHash)).toBeUndefined();
    expect(ask(shortHash, false)).toBeUndefined();
  });

  it('may be missing only where the manifest says so', () => {
    expect(ask(undefined)).toMatchObject({ kind: 'rejection', code: 'CONSTITUTIONAL_HASH_MISSING' });
    expect(ask(undefined, false)).toBeUndefined();
  });

  it.each([
    '',
    'cdd01ef066bc6cf3',
    'add01ef066bc6cf2',
    shortHash.toUpperCase(),
    shortHash.slice(0, 15),
    `${shortHash}0`,
    ` ${shortHash}`,
    `${shortHash}\u0000`,
    'ćdd01ef066bc6cf',
    '\ud800',
  ])('that is %j is a mismatch, also where it may be missing', (stated) => {
    for (const required of [true, false]) {
      expect(ask(stated, required)).toMatchObject({ kind: 'rejection', code: 'CONSTITUTIONAL_HASH_MISMATCH' });
    }
  });

  it('that is anything but the hash in force is a mismatch', () => {
    const stated = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{16}$/));
    fc.assert(
      fc.property(stated, (text) => {
        fc.pre(text !== shortHash);
        expect(ask(text)).toHaveProperty('code', 'CONSTITUTIONAL_HASH_MISMATCH');
      }),
    );
  });

  it('never tells the hash in force, nor repeats what was stated', () => {
    const { text } = ask('0123456789abcdef') ?? {};
    expect(text).not.toContain(shortHash);
    expect(text).not.toContain('0123456789abcdef');
  });

  it('of a message that came back from serialisation is still the one it was rejected for', () => {
    const wrong = { ...message, constitutionalHash: '0000000000000000' };
    const { text, digest, contentBytes } = encodeEnvelope(wrong);
    const back = decodeEnvelope(text, digest, contentBytes).message;
    expect(back.constitutionalHash).toBe('0000000000000000');
    expect(ask(back.constitutionalHash)).toHaveProperty('code', 'CONSTITUTIONAL_HASH_MISMATCH');
    const silent = encodeEnvelope(unstated(message));
    const silentBack = decodeEnvelope(silent.text, silent.digest, silent.contentBytes).message;
    expect(silentBack).not.toHaveProperty('constitutionalHash');
    expect(ask(silentBack.constitutionalHash)).toHaveProperty('code', 'CONSTITUTIONAL_HASH_MISSING');
  });
});
