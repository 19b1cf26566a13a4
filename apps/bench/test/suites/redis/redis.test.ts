import { expect, test } from 'vitest';
import { redisSuite } from '../../../src/suites/redis/redis.js';

const namesOf = (redis: boolean, nats: readonly number[] | undefined) => {
  const { rows, skipped = [], ratios } = redisSuite({ redis, nats });
  return { rows: rows.map(({ name }) => name), skipped, ratios: ratios.length };
};

test('without servers nothing is measured, and each that is missing is said', () => {
  const { rows, skipped, ratios } = namesOf(false, undefined);
  expect([rows, ratios]).toEqual([[], 0]);
  expect(skipped).toEqual([expect.stringContaining('Redis: '), expect.stringContaining('JetStream: ')]);
});

test('with Redis alone its rows are compared', () => {
  const { rows, skipped, ratios } = namesOf(true, undefined);
  expect([rows.length, ratios]).toEqual([4, 2]);
  expect(skipped).toEqual([expect.stringContaining('JetStream: ')]);
});

test.each([
  [[2, 9, 10], 1],
  [[2, 10, 0], 2],
  [[3, 0, 0], 2],
  [[1, 99, 0], 1],
])('of nats-server %j the rows are those that it can do', (version, count) => {
  const { rows, skipped } = namesOf(false, version);
  expect(rows).toHaveLength(count);
  expect(rows.every((name) => name.startsWith('JetStream'))).toBe(true);
  expect(skipped.some((why) => why.includes(`here is ${version.join('.')}`))).toBe(count === 1);
});
