import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeJson, type JsonLimits, type JsonValue } from '../../src/index.js';
import { type Failure, failureOf } from '../support/failure.js';
import { expectDeepFrozen, objectsIn } from '../support/frozen.js';
import { jsonValues } from '../support/json-values.js';

const limits: JsonLimits = { depth: 32, bytes: 256 * 1024 };
const freeze = (value: unknown, own: Partial<JsonLimits> = {}): JsonValue => freezeJson(value, { ...limits, ...own });
const refusal = (value: unknown, own: Partial<JsonLimits> = {}): Failure => failureOf(() => freeze(value, own));
const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
};

describe('any JSON value', () => {
  it('comes back equal, deep-frozen and sharing nothing with what was handed in', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        const text = JSON.stringify(value);
        const copy = freeze(value);
        expect(copy).toEqual(value);
        expect(JSON.stringify(copy)).toBe(text);
        expectDeepFrozen(copy);
        const handedIn = objectsIn(value);
        for (const object of objectsIn(copy)) expect(handedIn.has(object)).toBe(false);
      }),
    );
  });

  it('is as large as its text at most: the exact size is never refused', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        expect(freeze(value, { bytes })).toEqual(value);
      }),
    );
    const lists = Array.from({ length: 80_000 }, () => []);
    expect(freeze(lists)).toHaveLength(80_000);
  });

  it('keeps the order of its keys and keys like those of every object', () => {
    const value = JSON.parse(
      '{"toString":1,"constructor":{"prototype":2},"b":3,"a":4,"hasOwnProperty":null}',
    ) as object;
    expect(JSON.stringify(freeze(value))).toBe(JSON.stringify(value));
  });

  it('has no negative zero', () => {
    expect(freeze(-0)).toBe(0);
    expect(freeze([-0])).toStrictEqual([0]);
  });

  it('may be shared within itself', () => {
    const shared = { a: 1 };
    expect(freeze({ left: shared, right: [shared] })).toEqual({ left: { a: 1 }, right: [{ a: 1 }] });
  });
});

describe('what JSON cannot hold or would lose', () => {
  class Point {
    readonly x = 1;
  }
  class Points extends Array<unknown> {}
  const unpaired = '\ud800';
  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /type undefined/],
    ['a function', () => 1, /type function/],
    ['a toJSON method', { toJSON: () => 'other' }, /type function/],
    ['a symbol', Symbol('s'), /type symbol/],
    ['a bigint', 1n, /type bigint/],
    ['NaN', Number.NaN, /NaN/],
    ['infinity', Number.POSITIVE_INFINITY, /Infinity/],
    ['an integer beyond 2^53', 2 ** 53, /2\^53/],
    ['a negative integer beyond 2^53', -(2 ** 53), /2\^53/],
    ['an integer written as a float', 1e21, /2\^53/],
    ['a lone surrogate', unpaired, /lone surrogate/],
    ['a key with a lone surrogate', { [unpaired]: 1 }, /key with a lone surrogate/],
    ['a symbol as key', { [Symbol('s')]: 1 }, /symbol as key/],
    ['an own __proto__', JSON.parse('{"__proto__":{"admin":true}}'), /__proto__/],
    ['a Date', new Date(0), /plain object/],
    ['a Map', new Map([['a', 1]]), /plain object/],
    ['a boxed string', Object('text'), /plain object/],
    ['a regular expression', /x/, /plain object/],
    ['bytes', new Uint8Array(4), /plain object/],
    ['an error', new Error('no'), /plain object/],
    ['an instance of a class', new Point(), /plain object/],
    ['an object with a prototype of its own', Object.create({ inherited: 1 }), /plain object/],
    ['a promise', Promise.resolve(1), /plain object/],
    ['an instance of a kind of list', Points.from([1]), /plain list/],
    ['a list with other members', Object.assign([1], { extra: 2 }), /other members/],
    ['a list with a hole', Object.assign([1], { length: 3 }), /type undefined/],
  ])('%s is refused', (_, value, message) => {
    const failure = refusal({ held: [value] });
    expect(failure.code).toBe('MESSAGE_INVALID');
    expect(failure.message).toMatch(message);
    expect(refusal(value).code).toBe('MESSAGE_INVALID');
  });
});

describe('the place of what is refused', () => {
  it('is a JSON Pointer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(3), fc.string({ maxLength: 5 })), { maxLength: 8 }), (steps) => {
        fc.pre(!steps.includes('__proto__'));
        let value: unknown = undefined;
        for (const step of steps.toReversed()) {
          value = typeof step === 'number' ? [...Array<number>(step).fill(0), value] : { before: 1, [step]: value };
        }
        fc.pre(steps.every((step) => step !== 'before'));
        const expected = steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
        expect(refusal(value).details).toEqual({ pointer: expected });
      }),
    );
  });

  it('is the nearest enclosing value where its pointer would be long', () => {
    const failure = refusal({ a: { ['k'.repeat(500)]: { b: undefined } } });
    expect(failure.details).toEqual({ pointer: '/a' });
    expect(failure.message.length).toBeLessThan(300);
  });

  it('is well-formed text beside keys that are not', () => {
    expect(refusal({ ok: { 'a\ud800': 1 } }).details).toEqual({ pointer: '/ok' });
    const emoji = '\u{1f600}'.repeat(120);
    const pointer = refusal({ [emoji]: undefined }).details['pointer'];
    expect(String(pointer).isWellFormed()).toBe(true);
  });
});

describe('limits', () => {
  it('32 levels pass and 33 do not', () => {
    expect(freeze(nested(32))).toEqual(nested(32));
    const failure = refusal(nested(33));
    expect(failure.code).toBe('MESSAGE_INVALID');
    expect(failure.message).toMatch(/deeper than 32 levels/);
  });

  it('a cycle is deeper than any limit', () => {
    const object: Record<string, unknown> = {};
    object['self'] = object;
    const list: unknown[] = [];
    list.push({ list });
    for (const value of [object, list]) expect(refusal(value).message).toMatch(/deeper/);
  });

  it('what unfolds without end is too large', () => {
    let value: unknown = [];
    for (let level = 0; level < 31; level++) value = [value, value];
    expect(refusal(value).code).toBe('MESSAGE_TOO_LARGE');
  });

  it.each<[string, () => unknown]>([
    ['a sparse list of four thousand million', () => Object.assign([], { length: 2 ** 32 - 1 })],
    ['a million items', () => Array.from({ length: 1_000_000 }, () => 0)],
    ['a million keys', () => Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [`k${index}`, 0]))],
    ['a long text', () => 'x'.repeat(1_000_000)],
    ['a long key', () => ({ ['x'.repeat(1_000_000)]: 0 })],
  ])('%s is too large', (_, make) => {
    const failure = refusal(make());
    expect(failure.code).toBe('MESSAGE_TOO_LARGE');
    expect(failure.details).toEqual({ limitBytes: limits.bytes });
  });
});
