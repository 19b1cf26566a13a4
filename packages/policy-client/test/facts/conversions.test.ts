import { describe, expect, it } from 'vitest';
import { factsOf, manifestOf } from './support/compile.js';
import { call, gathered } from './support/messages.js';

/** What an expression over a text and two doubles makes of them. */
const evaluate = (expression: string, given: { readonly text?: string; readonly a?: number; readonly b?: number }) => {
  const { text = '', a = 0, b = 0 } = given;
  const facts = factsOf(
    manifestOf(`  tools:
    use:
      arguments: { text: string, a: double, b: double }
      facts: { fact: ${JSON.stringify(expression)}, all: 'args.text + string(args.a) + string(args.b)' }
`),
  );
  return gathered(facts, call('use', { text, a, b }), 'fact');
};

describe('a number in a text', () => {
  it.each<readonly [string, number]>([
    ['0', 0],
    ['-0', 0],
    ['+5', 5],
    ['0012', 12],
    ['-9007199254740991', -9_007_199_254_740_991],
  ])('%j is a whole one', (text, expected) => {
    expect(evaluate('int(args.text)', { text }).values['fact']).toBe(expected);
  });

  it.each(['', ' ', '-', '+', '--1', '0b11', '0o7', '0X1F', '1e3', '1.0', '1_000', ' 5', '９', '9223372036854775808'])(
    '%j is no whole one',
    (text) => {
      expect(evaluate('int(args.text) <= 100', { text }).wanting?.code).toBe('FACT_UNAVAILABLE');
    },
  );

  it.each<readonly [string, number]>([
    ['100', 100],
    ['-0.5', 0],
    ['+1.25e2', 125],
  ])('%j is one', (text, expected) => {
    expect(evaluate('int(double(args.text))', { text }).values['fact']).toBe(expected);
  });

  it.each(['nan', 'NaN', 'inf', '-Infinity', '1e999', '0x1F', '0b1', '', '.', '1.', '.5', '1,5', ' 1', '١'])(
    '%j is none, rather than one that is within every limit',
    (text) => {
      expect(evaluate('double(args.text) > 100.0', { text }).wanting?.code).toBe('FACT_UNAVAILABLE');
    },
  );
});

describe('a double that is beyond what ints hold', () => {
  it.each([1e19, -1e19, 1e308])('%d is none', (a) => {
    expect(evaluate('int(args.a) > 5', { a }).wanting?.code).toBe('FACT_UNAVAILABLE');
  });
});

describe('the case of letters', () => {
  it.each<readonly [string, string, string]>([
    ['lowerAscii', 'BAN\u212A Ä İ', 'ban\u212A Ä İ'],
    ['upperAscii', 'ma\u017Fs ß ı ä', 'MA\u017FS ß ı ä'],
  ])('%s leaves signs that only look like letters', (method, text, expected) => {
    expect(evaluate(`args.text.${method}()`, { text }).values['fact']).toBe(expected);
  });
});
