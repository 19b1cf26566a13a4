import { expect, test } from 'vitest';
import { Arrivals } from '../../src/suites/arrivals.js';
import { numberOf, payload } from '../../src/suites/payload.js';

test('who waits is told of its own arrival', async () => {
  const arrivals = new Arrivals();
  const told: number[] = [];
  const waits = [1, 2].map((n) => arrivals.of(n).then(() => told.push(n)));
  arrivals.arrived(7);
  arrivals.arrived(2);
  await waits[1];
  expect(told).toEqual([2]);
  arrivals.arrived(1);
  await Promise.all(waits);
});

test('a payload is about a quarter of a KiB, and says its number', () => {
  expect(JSON.stringify(payload(12_345)).length).toBeGreaterThan(240);
  expect(JSON.stringify(payload(12_345)).length).toBeLessThan(272);
  expect(numberOf(payload(7))).toBe(7);
  for (const content of [null, 'n', {}, { n: '7' }]) expect(() => numberOf(content)).toThrow(TypeError);
});
