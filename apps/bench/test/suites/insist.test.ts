import { expect, test } from 'vitest';
import { wordsOf } from '../../src/harness/words-of.js';
import { countOf } from '../../src/suites/compare.js';
import { inTurn } from '../../src/suites/in-turn.js';
import { insist } from '../../src/suites/insist.js';

test('a row that does not do what it claims is not measured', () => {
  expect(() => insist(true, 'never')).not.toThrow();
  expect(() => insist(false, 'CASL does not allow.')).toThrow('CASL does not allow.');
});

test('after the last comes the first', () => {
  expect([0, 1, 2, 3].map((n) => inTurn(['a', 'b'], n))).toEqual(['a', 'b', 'a', 'b']);
  expect(() => inTurn([], 0)).toThrow(TypeError);
});

test('what was not counted cannot be compared', () => {
  const sample = { opsPerSecond: 1, p50Us: 1, p90Us: 1, p99Us: 1, counts: { commits: 2 } };
  expect(countOf(sample, 'commits')).toBe(2);
  expect(() => countOf(sample, 'syncs')).toThrow('Nobody counted syncs.');
});

test('what was thrown is told in its own words', () => {
  expect([wordsOf(new Error('no disk')), wordsOf('no reason')]).toEqual(['no disk', 'no reason']);
});
