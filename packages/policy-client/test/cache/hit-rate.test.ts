import { seededRandom } from '@charterbus/core-models';
import { idealHits } from '@charterbus/tooling/testing';
import { describe, expect, it } from 'vitest';
import type { EngineRequest } from '../../src/engine/policy-engine.js';
import { allowed, answering, caching, never, readsOf, requestOf } from './support/caching.js';

/** Ranks from 0, each drawn in proportion to 1 / (rank + 1). */
const zipf = (seed: number, ranks: number) => {
  const random = seededRandom(seed);
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) sums.push((sum += 1 / (rank + 1)));
  return () => {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    const wanted = ((((a * 256 + b) * 256 + c) * 256 + d) / 2 ** 32) * sum;
    const rank = sums.findIndex((upTo) => upTo > wanted);
    return rank === -1 ? ranks - 1 : rank;
  };
};

const draws = 40_000;

describe('the hit rate on messages of agents of whom few say most', () => {
  it.each([
    [1, 100],
    [1, 1_000],
    [5, 100],
    [5, 1_000],
  ])(
    'of %i tenants, with %i entries, is that of an ideal LRU',
    (tenants, entries) => {
      const [agents, kinds] = [zipf(1, 4_000), zipf(2, 6)];
      const requests = Array.from({ length: draws }, (): EngineRequest => {
        const agent = agents();
        const sender = { tenant: `tenant-${agent % tenants}`, id: `agent-${agent}`, capabilities: [] };
        return requestOf({ messageType: `type-${kinds()}` }, { sender });
      });
      const cache = caching(answering(allowed, readsOf(['messageType'])), { cache: { entries } });
      for (const request of requests) if (cache.recall(request) === undefined) cache.evaluate(request, never);
      const keys = requests.map(({ sender, context }) => `${sender.id} ${context.messageType}`);
      const { hits, misses } = cache.counts;
      const ideal = idealHits(keys, entries);
      expect(hits + misses).toBe(draws);
      expect(Math.abs((hits - ideal) / draws)).toBeLessThanOrEqual(0.005);
      expect(ideal / draws).toBeGreaterThan(0.2);
    },
    60_000,
  );
});
