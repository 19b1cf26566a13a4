import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedIds } from '../../src/broker/ordered-ids.js';

test('walks what is there from the greatest, whatever came and went', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1000, max: 9999 }), fc.boolean()), { maxLength: 3000 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1000, max: 9999 }), (taken, bound) => {
      const there = new Set<string>();
      const ids = new OrderedIds((id) => there.has(id));
      const ever = new Set<string>();
      for (const [number, goes] of taken) {
        const id = String(number);
        if (ever.has(id)) continue;
        ever.add(id);
        there.add(id);
        ids.add(id);
        const [oldest] = there;
        if (!goes || oldest === undefined) continue;
        there.delete(oldest);
        ids.gone();
      }
      const expected = [...there].toSorted().toReversed();
      expect([...ids.descending()]).toEqual(expected);
      expect([...ids.descending(String(bound))]).toEqual(expected.filter((id) => id <= String(bound)));
    }),
    { numRuns: 50 },
  );
});

test('closes the gaps that many deletions leave', () => {
  let gone = 10_000;
  const ids = new OrderedIds((id) => Number(id) >= gone);
  for (let number = 10_000; number < 20_000; number++) ids.add(String(number));
  for (; gone < 19_990; gone++) ids.gone();
  expect([...ids.descending()]).toEqual(Array.from({ length: 10 }, (_, at) => String(19_999 - at)));
});
