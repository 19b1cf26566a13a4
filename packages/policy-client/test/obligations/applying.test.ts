import {
  type DeliveryObligation,
  encodeEnvelope,
  freezeJson,
  type JsonValue,
  type Message,
} from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyObligations, mergeObligations } from '../../src/index.js';
import { pointerTokens } from '../../src/obligations/json-pointer.js';
import { arbitraryContent, arbitraryObligations } from './support/arbitraries.js';

const limits = { depth: 64, bytes: 2 ** 20 };

const envelopeOf = (content: unknown, headers?: Record<string, string>) =>
  encodeEnvelope(
    Object.freeze<Message>({
      id: '01900000-0000-7000-8000-000000000000',
      tenant: 'acme',
      from: 'planner',
      to: { tenant: 'acme', agent: 'worker' },
      type: 'query',
      priority: 'normal',
      createdAt: '2026-01-01T00:00:00.000Z',
      ...(headers === undefined ? {} : { headers: Object.freeze(headers) }),
      content: freezeJson(content, limits),
    }),
  );

const contentUnder = (content: unknown, ...obligations: DeliveryObligation[]): JsonValue =>
  applyObligations(envelopeOf(content), obligations).message.content;

const mask = (path: string, keep = 0): DeliveryObligation => ({ kind: 'mask', path, keep });
const remove = (path: string): DeliveryObligation => ({ kind: 'remove', path });

describe('what a recipient gets', () => {
  it.each<[string, unknown, DeliveryObligation, unknown]>([
    ['lacks a removed field', { card: 1, total: 2 }, remove('/card'), { total: 2 }],
    ['lacks it wherever it is', { a: [{ b: 1 }, { b: 2, c: 3 }] }, remove('/a/1/b'), { a: [{ b: 1 }, { c: 3 }] }],
    ['keeps the places of a list', { a: [1, 2, 3] }, remove('/a/1'), { a: [1, null, 3] }],
    ['is unchanged where there is no such field', { a: 1 }, remove('/b/c'), { a: 1 }],
    ['gets nothing new by a replacement', { a: 1 }, { kind: 'replace', path: '/b', value: 2 }, { a: 1 }],
    ['has the value instead', { a: { b: 1 } }, { kind: 'replace', path: '/a', value: [0] }, { a: [0] }],
    ['has the end of a masked text', { iban: 'DE02120300' }, mask('/iban', 4), { iban: '******0300' }],
    ['has nothing of a masked text by default', { pin: '1234' }, mask('/pin'), { pin: '****' }],
    ['has nothing of a text that is no longer than what stays', { pin: '1234' }, mask('/pin', 4), { pin: '****' }],
    ['has whole characters', { name: 'é🙂🙂' }, mask('/name', 1), { name: '**🙂' }],
    ['has null for a masked number', { pin: 1234 }, mask('/pin', 2), { pin: null }],
    ['has null for a masked object', { a: { b: 'c' } }, mask('/a', 2), { a: null }],
    ['has other escapes', { 'a/b': { 'm~n': 1 } }, remove('/a~1b/m~0n'), { 'a/b': {} }],
    ['has an empty key less', { '': 1, a: 2 }, remove('/'), { a: 2 }],
    ['takes a leading zero for no place', { a: [1] }, remove('/a/00'), { a: [1] }],
    ['takes a minus for no place', { a: [1] }, remove('/a/-'), { a: [1] }],
    ['does not look into texts', { a: 'abc' }, remove('/a/0'), { a: 'abc' }],
    ['is a text when the content is one', 'abc', remove('/a'), 'abc'],
    ['has own members only', { a: 1 }, remove('/constructor/name'), { a: 1 }],
  ])('%s', (_name, content, obligation, expected) => {
    expect(contentUnder(content, obligation)).toEqual(expected);
  });

  it('has the header that a policy states, in place of any that reads alike', () => {
    const sent = envelopeOf({}, { Class: 'public', trace: '7' });
    const { message } = applyObligations(sent, [
      { kind: 'annotate', header: 'class', value: 'secret' },
      { kind: 'annotate', header: 'class', value: 'internal' },
    ]);
    expect(message.headers).toEqual({ trace: '7', class: 'internal, secret' });
    expect(sent.message.headers).toEqual({ Class: 'public', trace: '7' });
  });

  it('differs in headers and content alone', () => {
    const sent = envelopeOf({ a: 1 });
    const { message } = applyObligations(sent, [remove('/a'), { kind: 'annotate', header: 'x', value: 'y' }]);
    expect({ ...message, headers: undefined, content: undefined }).toEqual({
      ...sent.message,
      headers: undefined,
      content: undefined,
    });
  });

  it('is what was sent, untouched, where nothing is asked', () => {
    const sent = envelopeOf({ a: 1 });
    expect(applyObligations(sent, [])).toBe(sent);
  });

  it('shares no replacement with anybody', () => {
    const value = { b: [1] };
    const { message } = applyObligations(envelopeOf({ a: 0 }), [{ kind: 'replace', path: '/a', value }]);
    value.b.push(2);
    expect(message.content).toEqual({ a: { b: [1] } });
  });
});

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));

const valueAt = (content: JsonValue, path: string): JsonValue | undefined => {
  let at: unknown = content;
  for (const token of pointerTokens(path) ?? []) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined;
    at = (at as Record<string, unknown>)[token];
  }
  return at as JsonValue;
};

const textsIn = (value: JsonValue | undefined): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member: JsonValue) => textsIn(member));
};

describe('whatever is sent and asked', () => {
  const property = (check: (content: JsonValue, asked: readonly DeliveryObligation[]) => void): void =>
    fc.assert(fc.property(arbitraryContent, arbitraryObligations, check), { seed: 7, numRuns: 1_000 });

  it('applying twice is applying once, in any order', () => {
    property((content, asked) => {
      const once = applyObligations(envelopeOf(content), asked);
      expect(applyObligations(once, asked).text).toBe(once.text);
      expect(applyObligations(envelopeOf(content), asked.toReversed()).text).toBe(once.text);
    });
  });

  it('the digest is that of the message encoded anew, also read back from its text', () => {
    property((content, asked) => {
      const { message, digest, text, contentBytes } = applyObligations(envelopeOf(content), asked);
      expect(encodeEnvelope(JSON.parse(text) as Message)).toMatchObject({ digest, text, contentBytes });
      expect(encodeEnvelope(message).digest).toBe(digest);
    });
  });

  it('no removed or replaced text is anywhere in the bytes', () => {
    property((content, asked) => {
      const { text } = applyObligations(envelopeOf(content), asked);
      const hidden = mergeObligations(asked).flatMap((obligation) =>
        obligation.kind === 'remove' || obligation.kind === 'replace' ? textsIn(valueAt(content, obligation.path)) : [],
      );
      for (const secret of hidden) expect(text).not.toContain(secret);
    });
  });

  it('of a masked text the beginning is nowhere in the bytes', () => {
    property((content, asked) => {
      const { text } = applyObligations(envelopeOf(content), asked);
      const masked = mergeObligations(asked).flatMap((each) =>
        each.kind === 'mask' ? textsIn(valueAt(content, each.path)) : [],
      );
      for (const secret of masked) expect(text).not.toContain(secret.slice(0, 9));
    });
  });

  it('nothing that was given changes, and nothing that comes can be changed', () => {
    property((content, asked) => {
      const sent = envelopeOf(content);
      const { text } = sent;
      const { message } = applyObligations(sent, asked);
      expect(encodeEnvelope(sent.message).text).toBe(text);
      expect(isFrozen(message.content) && isFrozen(message.headers) && Object.isFrozen(message)).toBe(true);
    });
  });
});
