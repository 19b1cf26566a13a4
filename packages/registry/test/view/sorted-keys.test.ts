import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedKeys } from '../../src/view/sorted-keys.js';

const all = (keys: SortedKeys, bound: string): readonly string[] => {
  const found: string[] = [];
  let place = keys.from(bound);
  for (let key = keys.at(place); key !== undefined; key = keys.at(++place)) found.push(key);
  return found;
};

test('keys come in the order of their code units, from any bound, however they were added', () => {
  const key = fc.string({ maxLength: 3 });
  const change = fc.record({ keys: fc.uniqueArray(key, { maxLength: 80 }), gone: fc.array(key), bound: key });
  const property = fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
    const sorted = new SortedKeys();
    const model = new Set<string>();
    for (const { keys, gone, bound } of changes) {
      for (const one of keys.filter((candidate) => !model.has(candidate))) {
        sorted.add(one);
        model.add(one);
      }
      for (const one of gone) {
        sorted.delete(one);
        model.delete(one);
      }
      expect(all(sorted, bound)).toEqual([...model].filter((one) => one >= bound).toSorted());
    }
  });
  expect(fc.assert(property, { numRuns: 300 })).toBeUndefined();
});
