import { describe, expect, it } from 'vitest';
import type { StoppedCallReport } from '../../../../src/replay/report/report-schema.js';
import { argumentFields, factFields } from '../../../../src/replay/report/words/fields.js';
import { plainLine, plainText } from '../../../../src/replay/report/words/plain-text.js';

const call = (changes: Partial<StoppedCallReport>): StoppedCallReport => ({
  task_id: 't',
  trial: 0,
  message: 0,
  call: 'c',
  tool: 'look',
  arguments: {},
  excerpt: [],
  ...changes,
});

const values = (given: unknown): readonly string[] =>
  argumentFields(call({ arguments: given })).map(({ value }) => value);

describe('arguments', () => {
  it('are fields in words, as far as they are flat', () => {
    const flights = [
      { flight: 'A1', seats: 2 },
      { flight: 'B2', seats: 1 },
    ];
    expect(values({ id: 'X', open: true, none: null, empty: '', bags: [1, 2], who: { first: 'Ann' } })).toEqual([
      'X',
      'true',
      'null',
      '(empty)',
      '1, 2',
      'first: Ann',
    ]);
    expect(values({ flights })).toEqual(['flight: A1, seats: 2\nflight: B2, seats: 1']);
    expect(values({ deep: { a: { b: 1 } }, list: [], object: {}, mixed: [1, { a: 1 }] })).toEqual([
      '{"a":{"b":1}}',
      '[]',
      '{}',
      '[1,{"a":1}]',
    ]);
  });

  it('that are no object are one text', () => {
    expect(argumentFields(call({ arguments: 'free' }))).toEqual([{ name: 'text', value: 'free' }]);
    expect(values([1, 2])).toEqual(['1, 2']);
  });

  it('are bounded', () => {
    expect(values({ note: 'x'.repeat(5000) })[0]).toBe(`${'x'.repeat(999)}…`);
    const many = argumentFields(
      call({ arguments: Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`k${i}`, i])) }),
    );
    expect(many).toHaveLength(101);
    expect(many.at(-1)).toEqual({ name: '…', value: '30 more' });
  });
});

describe('facts', () => {
  it('are shown, kept, or wanting', () => {
    const read = [
      { name: 'paid', value: 38 },
      { name: 'card', redacted: true as const },
    ];
    expect(factFields(call({ facts: { action: 'look', digest: 'd', read, wanting: ['ticket'] } }))).toEqual([
      { name: 'paid', value: '38' },
      { name: 'card', value: 'not shown', redacted: true },
      { name: 'ticket', value: 'was not available' },
    ]);
    expect(factFields(call({}))).toEqual([]);
  });
});

describe('plain text', () => {
  it('keeps line breaks and the joiners of emoji, and nothing that is obeyed or invisible', () => {
    expect(plainText('a\r\nb\rc\u2028d\te')).toBe('a\nb\nc\nd e');
    expect(plainText('👩‍👧 \u202eevil\u2066\u0000\u001b[2J\ufeff\ud800')).toBe(
      '👩‍👧 \u{FFFD}evil\u{FFFD}\u{FFFD}\u{FFFD}[2J\u{FFFD}\u{FFFD}',
    );
    expect(plainLine('  a \n\n b ')).toBe('a b');
  });
});
