import type { DeliveryObligation } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeObligations } from '../../src/index.js';
import { arbitraryObligations } from './support/arbitraries.js';

const remove = (path: string): DeliveryObligation => ({ kind: 'remove', path });
const mask = (path: string, keep = 0): DeliveryObligation => ({ kind: 'mask', path, keep });
const replace = (path: string, value: number | string): DeliveryObligation => ({ kind: 'replace', path, value });
const annotate = (header: string, value: string): DeliveryObligation => ({ kind: 'annotate', header, value });

describe('of what several policies ask', () => {
  it.each<[string, readonly DeliveryObligation[], readonly DeliveryObligation[]]>([
    ['removing beats replacing', [replace('/a', 1), remove('/a')], [remove('/a')]],
    ['removing beats masking', [mask('/a'), remove('/a')], [remove('/a')]],
    ['replacing beats masking', [mask('/a'), replace('/a', 1)], [replace('/a', 1)]],
    ['the mask that keeps less wins', [mask('/a', 4), mask('/a', 2), mask('/a', 3)], [mask('/a', 2)]],
    ['two values for one field remove it', [replace('/a', 1), replace('/a', 2)], [remove('/a')]],
    ['one value asked for twice is one', [replace('/a', 1), replace('/a', 1)], [replace('/a', 1)]],
    ['what happens to a parent happens to its fields', [mask('/a/b'), remove('/a')], [remove('/a')]],
    ['however far below', [remove('/a'), replace('/a/b/c', 1), mask('/a/b')], [remove('/a')]],
    ['a mask of a parent beats a removal below', [mask('/a'), remove('/a/b')], [mask('/a')]],
    ['a name that begins alike is another field', [remove('/a'), remove('/ab')], [remove('/a'), remove('/ab')]],
    ['an empty key is a field of its own', [remove('/a/'), remove('/a')], [remove('/a')]],
    [
      'values of one header are all kept',
      [annotate('x', 'b'), annotate('x', 'a'), annotate('x', 'b')],
      [annotate('x', 'a'), annotate('x', 'b')],
    ],
    [
      'kinds and then paths are in order',
      [annotate('x', '1'), mask('/c'), replace('/b', 1), remove('/z'), remove('/a')],
      [remove('/a'), remove('/z'), replace('/b', 1), mask('/c'), annotate('x', '1')],
    ],
  ])('%s', (_name, asked, expected) => {
    expect(mergeObligations(asked)).toEqual(expected);
    expect(mergeObligations(asked.toReversed())).toEqual(expected);
  });

  it('neither order, nor repetition, nor grouping matters', () => {
    fc.assert(
      fc.property(arbitraryObligations, arbitraryObligations, fc.integer(), (some, others, seed) => {
        const merged = mergeObligations([...some, ...others]);
        const shuffled = [...others, ...some].toSorted(
          (left, right) => ((JSON.stringify(left).length * seed) % 7) - ((JSON.stringify(right).length * seed) % 7),
        );
        expect(mergeObligations(shuffled)).toEqual(merged);
        expect(mergeObligations([...merged, ...merged])).toEqual(merged);
        expect(mergeObligations([...mergeObligations(some), ...mergeObligations(others)])).toEqual(merged);
      }),
      { seed: 41, numRuns: 500 },
    );
  });
});
