import type { ScreenReading } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { FactSubject, ScreenReader } from '../../src/facts/gathered-facts.js';
import { compile, factsOf, manifestOf } from './support/compile.js';
import { gather, subject } from './support/messages.js';

const facts = factsOf(
  manifestOf(`  screens: { injection: prompt-injection, secrets: { screen: secrets } }
  names: { suspicious: screens.injection.score >= 60 }
  send:
    score: screens.injection.score
    categories: screens.injection.categories
    overrides: screens.injection.categories.exists(c, c.startsWith("instruction"))
    worst: max([screens.injection.score, screens.secrets.score])
    held: suspicious && screens.secrets.score == 0
    maybe: { value: screens.secrets.score, optional: true }
    type: message.type
`),
);

const reading = (score: number, ...categories: readonly string[]): ScreenReading => ({ score, categories });

/** Screens that say what they are told, and who was asked. */
const saying = (told: Readonly<Record<string, unknown>>) => {
  const asked: string[] = [];
  const screens: ScreenReader = (screen) => {
    asked.push(screen);
    const said = told[screen];
    return (typeof said === 'function' ? (said as () => unknown)() : said) as ScreenReading;
  };
  return { asked, of: { ...subject({}), screens } satisfies FactSubject };
};

const ask = async (of: FactSubject, ...names: readonly string[]) => gather(facts, of, () => new Set(names));

describe('a reading', () => {
  it('is what facts are made of, at once where the screen answers at once', () => {
    const { of, asked } = saying({
      'prompt-injection': reading(72, 'role-play', 'instruction-override', 'role-play'),
      secrets: reading(0),
    });
    const found = gather(facts, of);
    expect(found).toMatchObject({
      values: {
        score: 72,
        categories: ['instruction-override', 'role-play'],
        overrides: true,
        worst: 72,
        held: true,
        maybe: 0,
        type: 'command',
      },
    });
    expect(asked.toSorted()).toEqual(['prompt-injection', 'secrets']);
  });

  it('is asked for once by all facts that need it, also where it comes later', async () => {
    const later = {
      'prompt-injection': () => Promise.resolve(reading(9)),
      secrets: () => Promise.resolve(reading(80)),
    };
    const { of, asked } = saying(later);
    expect((await ask(of, 'score', 'categories', 'worst', 'held')).values).toEqual({
      score: 9,
      categories: [],
      worst: 80,
      held: false,
    });
    expect(asked).toEqual(['prompt-injection', 'secrets']);
  });

  it('is not asked for where no fact needs it', async () => {
    const { of, asked } = saying({ 'prompt-injection': reading(10) });
    expect(await ask(of, 'type')).toMatchObject({ values: { type: 'command' } });
    expect((await ask(of, 'held')).values).toEqual({ held: false });
    expect(asked).toEqual(['prompt-injection']);
  });

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 90],
    ['no score', { categories: [] }],
    ['no categories', { score: 1 }],
    ['a fraction', { score: 0.5, categories: [] }],
    ['a score above 100', { score: 101, categories: [] }],
    ['a score below 0', { score: -1, categories: [] }],
    ['a score as text', { score: '90', categories: [] }],
    ['no number', { score: Number.NaN, categories: [] }],
    ['a text in place of a list', { score: 1, categories: 'a' }],
    ['a category with capitals', { score: 1, categories: ['Override'] }],
    ['a category that is none', { score: 1, categories: [null] }],
    ['a hole', { score: 1, categories: Object.assign([], { length: 3 }) }],
    ['too many categories', { score: 1, categories: Array.from({ length: 65 }, (_, at) => `c${at}`) }],
    ['a rejection', () => Promise.reject(new Error('down'))],
    ['rubbish later', () => Promise.resolve({ score: 1 })],
    [
      'an error',
      () => {
        throw new Error('down');
      },
    ],
    [
      'a trap',
      {
        get score() {
          throw new Error('trap');
        },
      },
    ],
  ])('that is %s is none, and whatever needs it is wanting', async (_what, said) => {
    const { of } = saying({ secrets: said });
    const { values, wanting } = await ask(of, 'maybe', 'worst', 'type');
    expect(wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['maybe', 'worst'] });
    expect(values).toEqual({});
  });

  it('is none where nobody screens', async () => {
    expect((await ask(subject({}), 'score')).wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['score'] });
  });
});

describe('declared screens', () => {
  it('are what the bus must have', () => {
    expect([...facts.screens]).toEqual(['prompt-injection', 'secrets']);
    expect(facts.actions.get('send')?.facts.get('categories')?.type).toEqual({ setOf: 'string' });
  });

  it.each([
    [
      '  screens: { injection: x }\n  send: { s: screens.injektion.score }\n',
      '8:22',
      'facts.send.s: There is no screen injektion. Did you mean injection?',
    ],
    ['  send: { s: screens.a.score }\n', '7:14', 'facts.send.s: There is no name screens.'],
    [
      '  screens: { a: x }\n  send: { s: screens.a.scores }\n',
      '8:24',
      'facts.send.s: Reading has no field scores. Did you mean score?',
    ],
    [
      '  screens: { a: x }\n  send: { s: screens.a.score == "1" }\n',
      '8:14',
      'facts.send.s: no such overload: int == string.',
    ],
    [
      '  screens: { a: x, b: y }\n  send: { s: screens.a.score }\n',
      '7:20',
      'facts.screens.b: Nothing uses b: it is misspelt here or there, or can go.',
    ],
    [
      '  screens: { a: x, b: { screen: x } }\n  send: { s: screens.a.score, t: screens.b.score }\n',
      '7:23',
      'facts.screens.b: x is a already: one name is enough.',
    ],
    [
      '  screens: { toString: x }\n  send: { s: screens.toString.score }\n',
      '7:14',
      'facts.screens.toString: A screen cannot be called toString.',
    ],
    [
      '  screens: { a: x }\n  names: { screens: "1" }\n  send: { s: screens.a.score }\n',
      '8:12',
      'facts.names.screens: screens already has a meaning: take another name.',
    ],
    [
      '  screens: { a: x }\n  send: { s: "[1].map(screens, screens.a.score)" }\n',
      '8:23',
      'facts.send.s: screens already has a meaning here: take another name.',
    ],
    [
      '  screens: { a: x }\n  send: { s: screens.a }\n',
      '8:14',
      'facts.send.s: A fact is a string, bool, int, timestamp or duration, or a list of those, not Reading.',
    ],
    [
      '  screens: { a: [x] }\n  send: { s: screens.a.score }\n',
      '7:17',
      'must be the name of a screen, as prompt-injection, or { screen: … }',
    ],
  ])('are checked: %s', (text, place, message) => {
    const { problems } = compile(manifestOf(text));
    expect(problems.map(({ line, column, message: words }) => [`${line}:${column}`, words])).toContainEqual([
      place,
      expect.stringContaining(message),
    ]);
  });

  it('take no name from a constitution that has none', async () => {
    const own = factsOf(
      manifestOf(`  types: { Row: { size: int } }
  tables: { screens: { slot: s, row: Row } }
  send: { s: 'screens["a"].size' }
`),
      { slots: { s: { a: { size: 27 } } } },
    );
    expect(await gather(own, subject({}))).toMatchObject({ values: { s: 27 } });
  });
});
