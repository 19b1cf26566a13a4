import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { DecisionCache } from '../../src/cache/decision-cache.js';
import { chooserOf } from '../../src/testing/index.js';

const answer = { decision: 'allow', policies: ['a'], errors: [] } as const;

const cacheOf = (entries: number, tenantShare: number) => {
  const clock = new ManualClock();
  const cache = new DecisionCache({ entries, tenantShare, monotonic: () => clock.monotonic() });
  const keep = (tenant: string, key: string | number, until = Number.POSITIVE_INFINITY) =>
    cache.keep({ key: `${tenant}/${key}`, tenant, answer, until });
  const has = (tenant: string, key: string | number) => cache.find(`${tenant}/${key}`) !== undefined;
  return { cache, clock, keep, has };
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a cache of decisions', () => {
  it('may be filled by one tenant while nobody else needs it', () => {
    const { cache, keep, has } = cacheOf(10, 0.5);
    numbers(10).forEach((key) => keep('acme', key));
    expect(numbers(10).every((key) => has('acme', key))).toBe(true);
    expect(cache.counts).toEqual({ hits: 10, stale: 0, evictions: 0, entries: 10 });
  });

  it('gives up first what a tenant holds beyond its share, oldest use first', () => {
    const { cache, keep, has } = cacheOf(10, 0.5);
    numbers(10).forEach((key) => keep('acme', key));
    has('acme', 0);
    numbers(3).forEach((key) => keep('rival', key));
    expect(numbers(10).filter((key) => has('acme', key))).toEqual([0, 4, 5, 6, 7, 8, 9]);
    expect(numbers(3).every((key) => has('rival', key))).toBe(true);
    expect(cache.counts).toMatchObject({ evictions: 3, entries: 10 });
  });

  it('lets no tenant evict what others hold within their shares', () => {
    const { cache, keep, has } = cacheOf(100, 0.25);
    const others = ['one', 'two', 'three'];
    others.forEach((tenant) => numbers(25).forEach((key) => keep(tenant, key)));
    numbers(10_000).forEach((key) => keep('flood', key));
    for (const tenant of others) expect(numbers(25).filter((key) => has(tenant, key))).toHaveLength(25);
    expect(cache.counts).toMatchObject({ entries: 100, evictions: 9_975 });
  });

  it('gives up what was least recently used of all where nobody is beyond its share', () => {
    const { keep, has } = cacheOf(4, 0.5);
    keep('one', 1);
    keep('two', 1);
    keep('three', 1);
    keep('one', 2);
    has('one', 1);
    keep('four', 1);
    expect([has('one', 1), has('two', 1), has('three', 1), has('one', 2), has('four', 1)]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('is never larger than stated, whatever is kept, found and gone stale', () => {
    const chooser = chooserOf(11);
    const { cache, clock, keep, has } = cacheOf(50, 0.3);
    for (let count = 0; count < 20_000; count++) {
      const tenant = chooser.pick(['one', 'two', 'two', 'two', 'three', 'four', 'five']);
      const key = chooser.below(60);
      if (chooser.once(3)) keep(tenant, key, clock.monotonic() + chooser.below(100));
      else has(tenant, key);
      if (chooser.once(5)) clock.advance(chooser.below(10));
      expect(cache.counts.entries).toBeLessThanOrEqual(50);
    }
    expect(cache.counts.stale).toBeGreaterThan(100);
    cache.clear();
    expect(cache.counts.entries).toBe(0);
    numbers(50).forEach((key) => keep('one', key));
    expect(numbers(50).every((key) => has('one', key))).toBe(true);
  });

  it('keeps an answer anew, and none that has ended', () => {
    const { cache, clock, keep, has } = cacheOf(2, 1);
    keep('one', 1, 0);
    expect(cache.counts.entries).toBe(0);
    keep('one', 1, 5);
    keep('one', 1, 10);
    clock.advance(5);
    expect(has('one', 1)).toBe(true);
    clock.advance(5);
    expect(has('one', 1)).toBe(false);
    expect(cache.counts).toMatchObject({ stale: 1, evictions: 0, entries: 0 });
  });
});
