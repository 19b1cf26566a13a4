import { describe, expect, it } from 'vitest';
import { noFacts } from '../../src/facts/no-facts.js';
import { compile, factsOf, manifestOf } from './support/compile.js';
import { call, gather, gathered, subject } from './support/messages.js';

const facts = factsOf(
  manifestOf(`  types: { Row: { size: int } }
  tables:
    own: { file: own.json, row: Row }
    outside: { slot: outside, row: Row }
  providers:
    rate: { parameters: [string, int], returns: int }
  tools:
    use:
      arguments: { key: string }
      facts:
        own: own[args.key].size
        outside: outside[args.key].size
        rate: rate(args.key, 1)
`),
  { data: { 'own.json': { a: { size: 1 } } }, slots: { outside: { a: { size: 2 } } }, providers: { rate: () => 3 } },
);
const made = call('use', { key: 'a' });

const stated = (...[world]: Parameters<typeof facts.withWorld>) => {
  const found = facts.withWorld(world);
  if ('problems' in found) throw new Error(found.problems.join('\n'));
  return found.facts;
};

describe('the world of a policy test', () => {
  it('holds what is stated, and what the constitution holds itself', () => {
    const world = stated({ tables: { outside: { a: { size: 7 } } }, providers: { rate: { '["a", 1.0]': 9 } } });
    const found = gathered(world, made);
    expect(found.values).toEqual({ own: 1, outside: 7, rate: 9 });
    expect(found.slots).toBeUndefined();
    expect(world.slots).toEqual({});
    expect(world.actions.get('use')?.facts.size).toBe(3);
  });

  it('holds nothing else', () => {
    const world = stated({ tables: { own: {} }, providers: {} });
    expect(gathered(world, made).wanting?.names).toEqual(['outside', 'own', 'rate']);
  });

  it('leaves the facts as they were', async () => {
    stated({ tables: { own: {} }, providers: {} });
    expect((await gather(facts, made)).values).toEqual({ own: 1, outside: 2, rate: 3 });
  });

  it('can be stated anew', () => {
    const world = stated({ tables: { own: {} }, providers: {} });
    const again = world.withWorld({ tables: {}, providers: {} });
    expect('facts' in again && gathered(again.facts, made, 'own').values).toEqual({ own: 1 });
  });

  it('is checked', () => {
    const found = facts.withWorld({
      tables: { own: { a: { size: 'x' } }, owm: {} },
      providers: { rate: { '["a",1]': 'x', 'a, 1': 1, '{}': 1 }, raet: {} },
    });
    expect(found).toEqual({
      problems: [
        'There is no table owm.',
        'There is no provider raet.',
        'The table own: $["a"].size must be a whole number within ±(2^53 − 1).',
        'The answer of the provider rate to ["a",1] must be a whole number within ±(2^53 − 1).',
        'The provider rate is asked a, 1, which is not the JSON text of a list.',
        'The provider rate is asked {}, which is not the JSON text of a list.',
      ],
    });
  });
});

describe('no facts', () => {
  it('are what a constitution without any has', () => {
    expect(compile(manifestOf('  {}\n')).facts).toBe(noFacts);
    expect([...noFacts.actions.keys()]).toEqual(['send', 'receive']);
    expect(gathered(noFacts, subject({ point: 'receive' }))).toMatchObject({ action: 'receive', values: {} });
    expect(noFacts.withWorld({ tables: {}, providers: {} })).toEqual({ facts: noFacts });
    expect(noFacts.withWorld({ tables: { a: {} }, providers: {} })).toEqual({
      problems: ['The constitution declares no a.'],
    });
  });

  it('are never there where somebody wants some', () => {
    expect(gathered(noFacts, subject({}), 'x').wanting?.names).toEqual(['x']);
  });
});
