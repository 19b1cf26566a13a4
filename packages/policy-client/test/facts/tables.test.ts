import { sha256 } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { compile, factsOf, manifestOf } from './support/compile.js';
import { call, gathered } from './support/messages.js';

const manifest = manifestOf(`  types:
    Row: { name: string, size: int, tags: list<string>, on?: timestamp, by?: "map<string, Part>" }
    Part: { share: double }
  tables:
    outside: { slot: outside, row: Row }
    inside: { file: inside.json, row: Row }
  tools:
    use:
      arguments: { key: string }
      facts:
        there: args.key in outside
        name: outside[args.key].name
        inside: inside[args.key].name
        size: { value: 'outside[args.key].size', optional: true }
        tags: outside[?args.key].?tags.orValue([])
        dated: has(row.on)
        since: { value: now - row.on, optional: true }
        share: round(100.0 * row.by["x"].share)
  names:
    row: outside[args.key]
  limits: { listItems: 3, textLength: 9 }
`);
const row = { name: 'one', size: 1, tags: ['x'] };
const data = { 'inside.json': { one: row } };
const problemsOf = (outside: unknown, more = {}) => compile(manifest, { data, slots: { outside }, ...more }).problems;
const facts = (outside: unknown) => factsOf(manifest, { data, slots: { outside } });
const get = (outside: unknown, key: string, ...names: readonly string[]) =>
  gathered(facts(outside), call('use', { key }), ...names);

describe('rows of a table', () => {
  it.each<readonly [string, unknown, string]>([
    ['a list', [row], 'is not an object of rows by key.'],
    ['a row that is a list', { a: [row] }, '$["a"] must be an object.'],
    ['a row that is null', { a: null }, '$["a"] must be an object.'],
    ['a field too few', { a: { name: 'x', size: 1 } }, '$["a"].tags must be there.'],
    ['a text for a number', { a: { ...row, size: '1' } }, '$["a"].size must be a whole number within ±(2^53 − 1).'],
    ['a fraction', { a: { ...row, size: 1.5 } }, '$["a"].size must be a whole number'],
    [
      'a list too long',
      { a: { ...row, tags: ['a', 'b', 'c', 'd'] } },
      '$["a"].tags must be a list of at most 3 items.',
    ],
    [
      'a text too long',
      { a: { ...row, tags: ['x', '1234567890'] } },
      '$["a"].tags[1] must be a text of at most 9 characters.',
    ],
    [
      'a map too large',
      { a: { ...row, by: { a: {}, b: {}, c: {}, d: {} } } },
      '$["a"].by must be an object of at most 3 members.',
    ],
    [
      'a key too long',
      { a: { ...row, by: { '1234567890': { share: 1 } } } },
      '$["a"].by["1234567890"] must be a text of at most 9',
    ],
    ['a number that is none', { a: { ...row, by: { x: { share: 'NaN' } } } }, '$["a"].by["x"].share must be a number.'],
    [
      'local time',
      { a: { ...row, on: '2024-05-15T15:00:00' } },
      '$["a"].on must be a timestamp (RFC 3339, with its zone).',
    ],
    ['an odd key', { 'a"b': 1 }, '$["a\\"b"] must be an object.'],
  ])('are refused with %s, by file and key', (_what, outside, message) => {
    const [first, ...others] = problemsOf(outside);
    expect(first?.file).toBe('outside.json');
    expect(first?.message).toContain(message);
    expect(others).toEqual([]);
  });

  it('are told up to a number, and counted beyond it', () => {
    const outside = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`k${at}`, 1]));
    const problems = problemsOf(outside);
    expect(problems).toHaveLength(11);
    expect(problems.at(-1)?.message).toBe('has 15 more rows that are not of their type.');
  });

  it('of the constitution are checked alike', () => {
    const { problems } = compile(manifest, { data: { 'inside.json': { a: 1 } }, slots: { outside: {} } });
    expect(problems).toEqual([{ file: 'data/inside.json', message: '$["a"] must be an object.' }]);
  });

  it('are JSON', () => {
    const slots = [{ path: 'outside.json', bytes: Buffer.from('{') }];
    const [first] = compile(manifest, { data, files: slots }).problems;
    expect(first?.message).toMatch(/^is not JSON: /);
  });

  it('are found by keys of any kind', () => {
    const outside = JSON.parse(
      '{"__proto__": {"name": "p", "size": 1, "tags": []}, "toString": {"name": "t", "size": 2, "tags": []}}',
    ) as unknown;
    expect(get(outside, '__proto__', 'name', 'there').values).toEqual({ name: 'p', there: true });
    expect(get(outside, 'toString', 'name', 'size').values).toEqual({ name: 't', size: 2 });
    expect(get(outside, 'hasOwn', 'there', 'tags', 'size').values).toEqual({ there: false, tags: [] });
    expect(get(outside, 'valueOf', 'name').wanting?.code).toBe('FACT_UNAVAILABLE');
  });

  it('may lack what is optional, also as null', () => {
    expect(get({ one: row }, 'one', 'dated', 'since').values).toEqual({ dated: false });
    expect(get({ one: { ...row, on: null } }, 'one', 'dated', 'since').values).toEqual({ dated: false });
    const dated = get({ one: { ...row, on: '2024-05-15T14:00:00Z' } }, 'one', 'dated', 'since');
    expect(dated.values).toEqual({ dated: true, since: { milliseconds: 3_600_000 } });
  });

  it('hold maps', () => {
    const by = { x: { share: 0.25 } };
    expect(get({ one: { ...row, by } }, 'one', 'share').values).toEqual({ share: 25 });
    expect(get({ one: { ...row, by: {} } }, 'one', 'share').wanting?.names).toEqual(['share']);
  });
});

describe('a slot', () => {
  const outside = { one: row };

  it('has the digest of its bytes for a version, where it is read', () => {
    const version = sha256(JSON.stringify(outside));
    expect(facts(outside).slots).toEqual({ outside: version });
    expect(get(outside, 'one', 'name').slots).toEqual({ outside: version });
    expect(get(outside, 'one', 'inside').slots).toBeUndefined();
    expect(get(outside, 'two', 'there').slots).toEqual({ outside: version });
  });

  it('may be absent for a check, and is empty then', () => {
    const { facts: checked } = compile(manifest, { data, checkOnly: true });
    expect(checked && gathered(checked, call('use', { key: 'one' }), 'there').values).toEqual({ there: false });
    expect(problemsOf(1, { slots: {} })[0]?.message).toContain('name its directory with --data');
  });

  it('is not larger than it may be', () => {
    const file = { path: 'outside.json', bytes: new Uint8Array(64 * 1024 * 1024 + 1) };
    const { problems } = compile(manifest, { data, files: [file] });
    expect(problems).toEqual([{ file: 'outside.json', message: 'is larger than 67108864 bytes.' }]);
  });
});
