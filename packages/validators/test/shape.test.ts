import { defaultMessageLimits as limits, type MessageLimits, messageTypes, priorities } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkContentBytes, type ShapedDraft, shapeDraft } from '../src/index.js';
import { draft, refusalOf } from './support/sample.js';

const shape = (change: object = {}, own: Partial<MessageLimits> = {}): ShapedDraft =>
  shapeDraft({ ...draft, ...change }, { ...limits, ...own });
const code = (change: object, own: Partial<MessageLimits> = {}): string => refusalOf(() => shape(change, own)).code;
const headers = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, 'x']));

describe('a good draft', () => {
  it('keeps what it says, with its content frozen', () => {
    const full = {
      ...draft,
      to: { agent: 'worker', tenant: 'other' },
      constitutionalHash: 'cdd01ef066bc6cf2',
      priority: 'high',
      conversationId: 'talk',
      inReplyTo: 'm',
      dedupeKey: 'once',
      headers: { trace: 'a', constructor: 'b' },
      atomic: true,
      from: 'boss',
      tenant: 'acme',
    };
    const shaped = shapeDraft(full, limits);
    expect(shaped).toEqual({ ...full, leastBytes: shaped.leastBytes });
    expect(Object.isFrozen(shaped.content)).toBe(true);
    expect(shaped.content).not.toBe(full.content);
  });

  it('is of any type and priority of the vocabulary, to one agent or to everyone', () => {
    for (const type of messageTypes) expect(shape({ type }).type).toBe(type);
    for (const priority of priorities) expect(shape({ priority }).priority).toBe(priority);
    expect(shape({ to: { everyone: true } }).to).toEqual({ everyone: true });
  });

  it.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01T01:30:00.250+01:30', Date.UTC(2026, 0, 1) + 250],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    [0, 0],
    [253_402_300_799_999, 253_402_300_799_999],
  ])('may expire at %s', (expiresAt, expected) => {
    expect(shape({ expiresAt }).expiresAt).toBe(expected);
  });
});

describe('a draft that is not a message', () => {
  it.each([undefined, null, 1, 'text', [], [draft], () => draft, new Map(), new (class Draft {})()])(
    'is refused: %s',
    (input) => {
      expect(refusalOf(() => shapeDraft(input, limits)).code).toBe('MESSAGE_INVALID');
    },
  );

  it.each(['to', 'type', 'content'])('is refused without its %s', (name) => {
    const { [name]: _, ...rest } = draft as Readonly<Record<string, unknown>>;
    const refusal = refusalOf(() => shapeDraft(rest, limits));
    expect(refusal.code).toBe('MESSAGE_INVALID');
    expect(refusal.message).toBe(`The message's ${name}: is missing.`);
  });

  it('is told what an address is', () => {
    for (const to of [{ group: 'news' }, 'worker', { agent: 'a', everyone: true }]) {
      expect(refusalOf(() => shape({ to })).message).toBe(
        "The message's to: must be { agent, tenant? }, { topic, tenant? }, { capability, tenant? } or { everyone: true }.",
      );
    }
    expect(refusalOf(() => shape({ to: { topic: 'a', agent: 'b' } })).message).toContain(
      'must be { topic, tenant? }, the topic 1 to 16 tokens',
    );
  });

  it('is refused with any field that is unknown', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!Object.hasOwn(shape({ priority: 'low' }), name) && !/^[a-z]+([A-Z][a-z]+)*$/.test(name));
        expect(code({ [name]: 1 })).toBe('MESSAGE_INVALID');
        expect(code({ to: { agent: 'worker', [name]: 1 } })).toBe('MESSAGE_INVALID');
      }),
    );
    expect(code({ Priority: 'high' })).toBe('MESSAGE_INVALID');
    expect(code({ [Symbol('s')]: 1 })).toBe('MESSAGE_INVALID');
  });

  it.each([
    '{"__proto__":{"tenant":"other"}}',
    '{"to":{"agent":"a","__proto__":{"tenant":"other"}}}',
    '{"headers":{"__proto__":"x"}}',
    '{"content":{"__proto__":{"admin":true}}}',
    '{"content":[{"a":{"__proto__":1}}]}',
  ])('is refused with an own __proto__: %s', (text) => {
    expect(code(JSON.parse(text) as object)).toBe('MESSAGE_INVALID');
  });

  it.each([
    { to: { agent: 'a/b' } },
    { to: { agent: '' } },
    { to: { agent: 'a', everyone: true } },
    { to: { everyone: false } },
    { to: 'worker' },
    { to: new Map([['agent', 'worker']]) },
    { type: 'Query' },
    { priority: 3 },
    { constitutionalHash: 'x'.repeat(65) },
    { constitutionalHash: '\ud800' },
    { conversationId: '' },
    { dedupeKey: 'x'.repeat(257) },
    { inReplyTo: 'half \udc00' },
    { headers: { 'with space': 'x' } },
    { headers: { ok: 1 } },
    { headers: { ok: '\ud800' } },
    { headers: { [Symbol('s')]: 'x' } },
    { headers: new Map([['a', 'b']]) },
    { headers: ['a'] },
    { atomic: 'true' },
  ])('is refused with a wrong value: %j', (change) => {
    expect(code(change)).toBe('MESSAGE_INVALID');
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59-00:01',
    '+010000-01-01T00:00:00Z',
    'tomorrow',
    -1,
    0.5,
    253_402_300_800_000,
    Number.NaN,
  ])('is refused with an expiry that is no date of four-digit years: %s', (expiresAt) => {
    expect(code({ expiresAt })).toBe('MESSAGE_INVALID');
  });
});

describe('what a refusal says', () => {
  it('is where and why, in well-formed text of bounded length', () => {
    const error = refusalOf(() => shape({ [`${'x'.repeat(298)}\u{1f600}`]: 1, priority: 9, ['\ud800']: 1 }));
    const text = JSON.stringify(error);
    expect(text.length).toBeLessThan(3000);
    expect(text).not.toMatch(/\\ud[89a-f]/);
    expect(error.details['issues']).toContainEqual(expect.objectContaining({ path: 'priority' }));
  });

  it('is the place inside the content', () => {
    expect(refusalOf(() => shape({ content: { list: [1, undefined] } })).details).toEqual({ pointer: '/list/1' });
  });
});

/** As an envelope knows it. */
const measured = ({ content, leastBytes }: ReturnType<typeof shape>) => ({
  contentBytes: Buffer.byteLength(JSON.stringify(content)),
  leastBytes,
});

describe('limits', () => {
  const tooLarge = 'MESSAGE_TOO_LARGE';

  it('count the bytes of the content in UTF-8: the last one passes, one more does not', () => {
    const texts = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
    fc.assert(
      fc.property(fc.oneof(texts, fc.array(texts), fc.dictionary(fc.constantFrom('a', 'é'), texts)), (content) => {
        const bytes = Buffer.byteLength(JSON.stringify(content));
        const admit = (contentBytes: number): void => {
          checkContentBytes(measured(shape({ content }, { contentBytes })), { ...limits, contentBytes });
        };
        admit(bytes);
        expect(refusalOf(() => admit(bytes - 1)).code).toBe(tooLarge);
      }),
    );
  });

  it('hold for 256 KiB', () => {
    const admit = (content: unknown): void => checkContentBytes(measured(shape({ content })), limits);
    const characters = (limits.contentBytes - 2) / 2;
    admit('é'.repeat(characters));
    expect(refusalOf(() => admit(`${'é'.repeat(characters)}x`)).code).toBe(tooLarge);
  });

  it('count headers and the bytes of each value', () => {
    expect(Object.keys(shape({ headers: headers(64) }).headers ?? {})).toHaveLength(64);
    expect(code({ headers: headers(65) })).toBe(tooLarge);
    expect(code({ headers: headers(1) }, { headers: 0 })).toBe(tooLarge);
    expect(shape({ headers: { a: 'é'.repeat(2048) } }).headers).toBeDefined();
    expect(code({ headers: { a: `${'é'.repeat(2048)}x` } })).toBe(tooLarge);
  });

  it('count levels: as many as the constitution says', () => {
    expect(shape({ content: [[1]] }, { depth: 2 }).content).toEqual([[1]]);
    expect(code({ content: [[[1]]] }, { depth: 2 })).toBe('MESSAGE_INVALID');
  });

  it('are met before the schema looks at each of very many fields', () => {
    const wide = headers(300_000);
    expect(code(wide)).toBe('MESSAGE_INVALID');
    expect(code({ to: wide })).toBe('MESSAGE_INVALID');
    expect(code({ headers: wide })).toBe(tooLarge);
    expect(code({ content: wide })).toBe(tooLarge);
  });
});
