import type { JsonValue } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { compile, factsOf, manifestOf } from './support/compile.js';
import { Conversation, call, gathered } from './support/messages.js';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
const texts = (count: number, length: number): readonly string[] =>
  numbers(count).map((at) => `${at}`.padEnd(length, 'x'));

/** The most that a manifest may allow. */
const manifest = (expression: string) =>
  manifestOf(`  limits: { listItems: 1000, textLength: 65536 }
  types: { Item: { words: list<string> }, Row: { id: string, words: list<string> } }
  tables: { rows: { slot: rows, row: Row, observed: { tools: [use], key: id } } }
  tools:
    use:
      arguments: { n: list<int>, m: list<int>, t: list<string>, s: string, i: list<Item> }
      facts:
        fact: ${JSON.stringify(expression)}
        all: |
          args.n == args.m || args.s in args.t || args.i.size() == 1 || args.i[0].words.size() == 1 ||
          rows["x"].words.size() == 1 || rows["x"].id == "x" || earlier.use.size() == 1
`);

const nothing = { n: [], m: [], t: [], s: '', i: [] };
const evaluate = (
  expression: string,
  given: Readonly<Record<string, JsonValue>>,
  conversation = new Conversation(),
) => {
  const facts = factsOf(manifest(expression), { slots: { rows: {} } });
  return gathered(facts, call('use', { ...nothing, ...given }, { conversation }), 'fact');
};
const tooLong = (of: ReturnType<typeof evaluate>) =>
  of.wanting?.code === 'FACT_UNAVAILABLE' && String(of.wanting.cause).includes('too long to work out');

const long = 'x'.repeat(65_536);
const terms = numbers(45)
  .map((at) => `a + b * ${at + 2} == -1`)
  .join(' || ');

describe('an expression that would hold up everybody', () => {
  it.each<readonly [string, string, Readonly<Record<string, JsonValue>>]>([
    ['loops over long lists', `args.n.exists(a, args.m.exists(b, ${terms}))`, { n: numbers(1000), m: numbers(1000) }],
    [
      'a loop that goes on after errors',
      'args.n.exists(a, args.m.all(b, a + b >= 0) && 1 / 0 > 0)',
      { n: numbers(1000), m: numbers(1000) },
    ],
    ['a map in a map', 'args.n.map(a, sum(args.m.map(b, a * b)))', { n: numbers(1000), m: numbers(1000) }],
    [
      'a text that is looked for',
      'args.s.contains(args.t[0])',
      { s: long, t: [`${'x'.repeat(15_000)}y${'x'.repeat(15_000)}`] },
    ],
    [
      'a text that is looked for from the end',
      'args.s.lastIndexOf(args.t[0]) > 0',
      { s: long, t: [`${'x'.repeat(30_000)}y`] },
    ],
    ['letters in a loop', 'args.n.all(a, args.s.lowerAscii() != "")', { n: numbers(100), s: long }],
    ['texts compared in a loop', 'args.n.all(a, args.t != [args.s])', { n: numbers(1000), t: texts(1000, 200) }],
    ['a text counted in a loop', 'args.n.all(a, size(args.s) > 1)', { n: numbers(100), s: long }],
    [
      'a text put together in a loop',
      'args.n.map(a, args.s + string(a))',
      { n: numbers(1000), s: long.slice(0, 60_000) },
    ],
    [
      'records compared in a loop',
      'args.n.all(a, args.i[0] == args.i[1])',
      { n: numbers(1000), i: [{ words: texts(1000, 9) }, { words: texts(1000, 9) }] },
    ],
    ['a set that the engine would read', 'args.t + args.t.map(t, t + "y")', { t: texts(1000, 6) }],
    ['texts that the engine would read', 'args.t', { t: texts(4, 60_000) }],
  ])('is stopped: %s', (_what, expression, given) => {
    expect(tooLong(evaluate(expression, given))).toBe(true);
  });

  it('is stopped where rows that were observed are read in a loop', () => {
    const words = texts(1000, 50);
    const conversation = new Conversation();
    for (const id of texts(100, 8))
      conversation.add([{ about: `row:rows:${id}`, keeps: 'latest', value: { row: { id, words } } }]);
    expect(tooLong(evaluate('args.t.all(t, rows[t].words.size() > 0)', { t: texts(100, 8) }, conversation))).toBe(true);
  });

  it('is stopped where earlier calls are as long as they may be', () => {
    const value = { ...nothing, t: texts(1000, 500) };
    const conversation = new Conversation().add(
      numbers(100).map(() => ({ about: 'call:use', keeps: 'all' as const, value })),
    );
    expect(tooLong(evaluate('earlier.use.size() > 0', {}, conversation))).toBe(true);
  });

  it('is counted over all facts of a message', () => {
    const facts = 'a b c d e f'.split(' ').map((name) => `${name}: 'args.n.all(a, args.n.all(b, a + b >= 0))'`);
    const text = manifestOf(`  tools: { use: { arguments: { n: list<int> }, facts: { ${facts.join(', ')} } } }\n`);
    const asked = call('use', { n: numbers(120) });
    expect(gathered(factsOf(text), asked, 'a').values).toEqual({ a: true });
    expect(tooLong(gathered(factsOf(text), asked))).toBe(true);
  });
});

describe('an expression over what lists and texts are like', () => {
  it.each<readonly [string, string, Readonly<Record<string, JsonValue>>, unknown]>([
    ['each with each', 'args.n.all(a, args.m.exists(b, a == b))', { n: numbers(200), m: numbers(200) }, true],
    [
      'a word in a letter',
      'args.t.exists(t, args.s.lowerAscii().contains(t))',
      { s: 'word '.repeat(800), t: texts(20, 12) },
      false,
    ],
    ['a set', 'size(args.t.map(t, t + "!"))', { t: texts(200, 40) }, 200],
  ])('is worked out: %s', (_what, expression, given, expected) => {
    expect(evaluate(expression, given).values['fact']).toBe(expected);
  });
});

describe('arithmetic with doubles', () => {
  const over = (expression: string, a: number, b: number) => {
    const text = manifestOf(
      `  tools: { use: { arguments: { a: double, b: double }, facts: { fact: '${expression}' } } }\n`,
    );
    return gathered(factsOf(text), call('use', { a, b }), 'fact');
  };

  it.each<readonly [string, number, number]>([
    ['args.a / args.b > 1.0', 0, 0],
    ['args.a / args.b > 1.0', 1, 0],
    ['args.a * args.b - args.a * args.b > 1.0', 1e308, 10],
    ['args.a + args.b > 1.0', 1.7e308, 1.7e308],
    ['args.a - args.b > 1.0', -1.7e308, 1.7e308],
    ['[args.a].exists(x, x / args.b > 1.0)', 0, 0],
  ])('%s of %d and %d is no number, which would be within every limit', (expression, a, b) => {
    expect(over(expression, a, b).wanting?.code).toBe('FACT_UNAVAILABLE');
  });

  it('is as it was elsewhere', () => {
    expect(over('args.a / args.b > 1.0 || args.a * args.b == args.a + args.b - 1.0', 3, 2).values).toEqual({
      fact: true,
    });
  });
});

describe('errors in calls of our own functions', () => {
  it.each(['int(true)', 'double(true)', '"a".split()', '"a".lowerAscii(1)'])('%s is told by its plain name', (text) => {
    const { problems } = compile(manifest(text), { slots: { rows: {} } });
    expect(problems[0]?.message).toMatch(/found no matching overload for '(?:string\.)?\w+\(/);
  });
});
