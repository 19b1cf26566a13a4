import { expect, test } from 'vitest';
import { operationsSuite } from '../../../src/suites/operations/operations.js';

const onRedis = (name: string): boolean => name.includes('Redis') || name.includes('EVALSHA');

test('without Redis what needs it is left out, and that is said', () => {
  const { rows, ratios, skipped } = operationsSuite(false);
  expect([...rows, ...ratios].filter(({ name }) => onRedis(name))).toEqual([]);
  expect(skipped).toEqual([expect.stringContaining('Redis: ')]);
});

test('with Redis a decision is compared with a bare script, alone and among many', () => {
  const { rows, ratios, skipped } = operationsSuite(true);
  expect(skipped).toEqual([]);
  expect(rows.filter(({ name }) => onRedis(name)).map(({ kind }) => kind)).toEqual(['ours', 'limit', 'ours', 'limit']);
  const targets = ratios.filter(({ name }) => onRedis(name)).map(({ target }) => target);
  expect(targets).toEqual([{ atMost: 1.2 }, { atMost: 1.2 }]);
});

test('each row on the way of a message has the target of its figure', () => {
  const { ratios } = operationsSuite(false);
  const targets = ratios.flatMap(({ target }) => (target === undefined ? [] : [target]));
  expect(targets).toEqual([
    { atLeast: 200_000 },
    { atLeast: 200_000 },
    { atMost: 0.3 },
    { atMost: 0.3 },
    { atMost: 0.5 },
    { atMost: 0.5 },
    { atMost: 0.5 },
    { atMost: 0.5 },
  ]);
});
