import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../src/engine/read-answer.js';

const good = { decision: 'allow', policies: ['a'], errors: [] };

describe('readAnswer', () => {
  it('copies an answer of the right shape', () => {
    const read = readAnswer(good);
    expect(read).toEqual(good);
    expect(read?.policies).not.toBe(good.policies);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['a string', 'allow'],
    ['a list', ['allow']],
    ['an empty object', {}],
    ['a missing member', { decision: 'allow', policies: ['a'] }],
    ['an additional member', { ...good, advice: [] }],
    ['an additional member beside obligations', { ...good, obligations: [], advice: [] }],
    ['obligations that are no list', { ...good, obligations: {} }],
    ['an obligation that nobody knows', { ...good, obligations: [{ kind: 'tattle' }] }],
    [
      'obligations that are computed',
      Object.defineProperty({ ...good }, 'obligations', { get: () => [], enumerable: true }),
    ],
    ['a symbol as additional member', { ...good, [Symbol('more')]: 1 }],
    ['inherited members', Object.create(good)],
    [
      'an inherited decision',
      Object.assign(Object.create({ decision: 'allow' }) as object, { policies: ['a'], errors: [] }),
    ],
    [
      'a getter',
      Object.defineProperty({ policies: ['a'], errors: [] }, 'decision', { get: () => 'allow', enumerable: true }),
    ],
    ['a boxed decision', { ...good, decision: new String('allow') }],
    ['another decision', { ...good, decision: 'Allow' }],
    ['a list as decision', { ...good, decision: ['allow'] }],
    ['policies as text', { ...good, policies: 'a' }],
    ['policies like a list', { ...good, policies: { 0: 'a', length: 1 } }],
    ['a policy of another type', { ...good, policies: ['a', 1] }],
    ['a hole', { ...good, policies: Array(2) }],
    ['an empty id', { ...good, policies: [''] }],
    ['errors as text', { ...good, errors: '' }],
    ['too many policies', { ...good, policies: Array(10_001).fill('a') }],
    ['a function', Object.assign(() => 'allow', good)],
  ])('takes nothing from %s', (_name, value) => {
    expect(readAnswer(value)).toBeUndefined();
  });

  it('is not moved by a polluted prototype', () => {
    const prototype = Object.prototype as Record<string, unknown>;
    try {
      prototype['decision'] = 'allow';
      prototype['policies'] = ['a'];
      prototype['errors'] = [];
      expect(readAnswer({})).toBeUndefined();
      expect(readAnswer({ a: 1, b: 2, c: 3 })).toBeUndefined();
    } finally {
      for (const name of ['decision', 'policies', 'errors']) delete prototype[name];
    }
  });
});
