import { describe, expect, it } from 'vitest';
import { obligationLimits } from '../../src/index.js';
import { readObligations } from '../../src/obligations/read-obligations.js';

const remove = { kind: 'remove', path: '/card' };
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ kind: 'remove', path: `/${index}` }));
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });

describe('obligations of an answer', () => {
  it.each<[string, readonly unknown[]]>([
    ['none', []],
    ['a field that goes', [remove]],
    ['keys with a slash and a tilde', [{ kind: 'remove', path: '/a~1b/m~0n' }]],
    ['an empty key', [{ kind: 'remove', path: '/' }]],
    ['a mask', [{ kind: 'mask', path: '/iban', keep: 4 }]],
    ['a value', [{ kind: 'replace', path: '/a/0', value: { b: [null] } }]],
    ['a value that is null', [{ kind: 'replace', path: '/a', value: null }]],
    ['a header', [{ kind: 'annotate', header: 'x-class', value: 'internal' }]],
    ['an approval', [{ kind: 'require-approval', name: 'high-risk' }]],
    ['as many as there may be', many(obligationLimits.count)],
  ])('are read: %s', (_name, given) => {
    const read = readObligations(given);
    expect(read).toEqual(given);
    expect(read).not.toBe(given);
    expect(Object.isFrozen(read) && (read ?? []).every(Object.isFrozen)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['no list', { 0: remove, length: 1 }],
    ['nothing', undefined],
    ['a text', ['remove']],
    ['null', [null]],
    ['an unknown kind', [{ kind: 'redact', path: '/card' }]],
    ['a kind in other letters', [{ kind: 'Remove', path: '/card' }]],
    ['no kind', [{ path: '/card' }]],
    ['an unknown member', [{ ...remove, when: 'later' }]],
    ['a missing member', [{ kind: 'mask', path: '/iban' }]],
    ['a replacement without a value', [{ kind: 'replace', path: '/iban' }]],
    ['a replacement by undefined', [{ kind: 'replace', path: '/iban', value: undefined }]],
    ['a pointer to everything', [{ kind: 'remove', path: '' }]],
    ['a pointer without a slash', [{ kind: 'remove', path: 'card' }]],
    ['a pointer as a fragment', [{ kind: 'remove', path: '#/card' }]],
    ['an open escape', [{ kind: 'remove', path: '/a~' }]],
    ['an unknown escape', [{ kind: 'remove', path: '/a~2b' }]],
    ['a key of prototypes', [{ kind: 'remove', path: '/a/__proto__/b' }]],
    ['a pointer that is too long', [{ kind: 'remove', path: `/${'a'.repeat(512)}` }]],
    ['a pointer deeper than any content', [{ kind: 'remove', path: '/a'.repeat(33) }]],
    ['a lone surrogate in a pointer', [{ kind: 'remove', path: '/\ud800' }]],
    ['a mask that keeps a part', [{ kind: 'mask', path: '/a', keep: 1.5 }]],
    ['a mask that keeps less than nothing', [{ kind: 'mask', path: '/a', keep: -1 }]],
    ['a mask that keeps everything', [{ kind: 'mask', path: '/a', keep: 1e9 }]],
    ['a value that is too large', [{ kind: 'replace', path: '/a', value: 'x'.repeat(4096) }]],
    ['a value that is too deep', [{ kind: 'replace', path: '/a', value: deep(9) }]],
    ['a value that JSON cannot hold', [{ kind: 'replace', path: '/a', value: Number.NaN }]],
    ['a header in capitals', [{ kind: 'annotate', header: 'X-Class', value: 'a' }]],
    ['a header with a line feed', [{ kind: 'annotate', header: 'x-class', value: 'a\nb: c' }]],
    ['an approval without a name', [{ kind: 'require-approval', name: '' }]],
    ['more than there may be', many(obligationLimits.count + 1)],
    ['one that is none among others', [remove, { kind: 'tattle' }]],
    ['a hole', Array(1)],
    ['an instance of a class', [Object.assign(new Date(), remove)]],
    [
      'what throws when it is read',
      [Object.defineProperty({ kind: 'remove' }, 'path', { get: () => never(), enumerable: true })],
    ],
  ])('are none where there is %s', (_name, given) => {
    expect(readObligations(given)).toBeUndefined();
  });
});

const never = (): never => {
  throw new Error('read');
};
