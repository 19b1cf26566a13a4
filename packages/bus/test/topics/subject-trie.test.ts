import { coversTopic, isTopic, isTopicPattern } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SubjectTrie } from '../../src/index.js';

const token = fc.constantFrom('a', 'b', 'c');
const topic = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '*'), { minLength: 0, maxLength: 4 }), fc.constantFrom('', '>', 'c'))
  .map(([tokens, last]) => [...tokens, ...(last === '' ? [] : [last])].join('.'))
  .filter((text) => text !== '');

const found = (trie: SubjectTrie<number>, name: string): readonly number[] => {
  const values: number[] = [];
  trie.each(name, (value) => void values.push(value));
  return values.toSorted((left, right) => left - right);
};

it('finds just the patterns that cover a topic, whatever comes and goes', () => {
  let matches = 0;
  fc.assert(
    fc.property(
      fc.array(pattern, { maxLength: 12 }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      fc.array(topic, { minLength: 1, maxLength: 6 }),
      (patterns, stays, topics) => {
        const trie = new SubjectTrie<number>();
        patterns.forEach((each, place) => trie.add(each, place));
        patterns.forEach((each, place) => {
          if (stays[place] === false) trie.delete(each, place);
        });
        for (const name of topics) {
          expect(isTopic(name) && patterns.every(isTopicPattern)).toBe(true);
          const wanted = patterns.flatMap((each, place) =>
            stays[place] === true && coversTopic(each, name) ? [place] : [],
          );
          matches += wanted.length;
          expect(found(trie, name)).toEqual(wanted);
          expect(trie.covers(name)).toBe(wanted.length > 0);
        }
        patterns.forEach((each, place) => trie.delete(each, place));
        expect(trie.isEmpty).toBe(true);
      },
    ),
    { seed: 11, numRuns: 500 },
  );
  expect(matches).toBeGreaterThan(500);
});
