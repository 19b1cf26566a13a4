import { seededRandom } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { Latencies } from '../../src/measure/latencies.js';

test('percentiles are those of what was recorded, in microseconds', () => {
  const random = seededRandom(1);
  const order = Array.from({ length: 1000 }, (_, index) => ({ key: random.bytes(4).join(), ms: (index + 1) / 1000 }));
  const latencies = new Latencies(2000);
  for (const { ms } of order.toSorted((a, b) => (a.key < b.key ? -1 : 1))) latencies.record(ms);
  const { p50Us, p90Us, p99Us } = latencies.percentiles();
  expect([p50Us, p90Us, p99Us].map(Math.round)).toEqual([500, 900, 990]);
});
