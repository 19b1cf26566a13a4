import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { EngineRequest } from '../../src/engine/policy-engine.js';
import { allowed, answering, caching, denied, never, readsOf, requestOf } from './support/caching.js';

const start = Date.UTC(2026, 0, 1, 12, 0, 7);

/** Answers by the message type, and how often. */
const engine = (reads: Parameters<typeof readsOf>[0] = ['messageType']) => {
  const moments: (number | undefined)[] = [];
  const snapshot = answering(({ context }: EngineRequest) => {
    moments.push(context.now);
    return context.messageType === 'event' ? denied() : allowed();
  }, readsOf(reads));
  return { snapshot, moments };
};

describe('a remembered answer', () => {
  it('lives as long as the manifest says, a deny no longer than an allow, however often it is used', () => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine()];
    const cache = caching(snapshot, { clock, cache: { seconds: 10, denySeconds: 4 } });
    const ask = () => {
      cache.evaluate(requestOf(), never);
      cache.evaluate(requestOf({ messageType: 'event' }), never);
      return moments.length;
    };
    expect(ask()).toBe(2);
    clock.advance(3_999);
    expect(ask()).toBe(2);
    clock.advance(1);
    expect(ask()).toBe(3);
    clock.advance(5_999);
    expect(ask()).toBe(4);
    clock.advance(1);
    expect(ask()).toBe(5);
    expect(cache.counts).toMatchObject({ stale: 3, misses: 5, hits: 5, entries: 2 });
  });

  it.each([
    [{ seconds: 300 }, 60],
    [{ seconds: 20 }, 20],
  ])('of a deny lives a minute where the manifest says nothing, or as long as an allow: %o', (cache, seconds) => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine()];
    const snapshotted = caching(snapshot, { clock, cache });
    for (const milliseconds of [0, seconds * 1000 - 1, 1]) {
      clock.advance(milliseconds);
      snapshotted.evaluate(requestOf({ messageType: 'event' }), never);
    }
    expect(moments).toHaveLength(2);
  });

  it('does not notice that somebody sets the wall clock', () => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine()];
    const cache = caching(snapshot, { clock, cache: { seconds: 10 } });
    for (const jump of [0, 86_400_000, -86_400_000 * 2]) {
      clock.jump(jump);
      cache.evaluate(requestOf({ now: clock.now() }), never);
    }
    expect(moments).toHaveLength(1);
    clock.advance(10_000);
    clock.jump(-10_000);
    cache.evaluate(requestOf(), never);
    expect(moments).toHaveLength(2);
  });

  it('is none where policies read every millisecond of the time', () => {
    const { snapshot, moments } = engine(['now']);
    const cache = caching(snapshot);
    for (let count = 0; count < 3; count++) {
      expect(cache.recall(requestOf({ now: 5 }))).toBeUndefined();
      cache.evaluate(requestOf({ now: 5 }), never);
    }
    expect(moments).toEqual([5, 5, 5]);
    expect(cache.counts).toMatchObject({ passed: 3, misses: 0, entries: 0 });
  });

  it('about the time lives to the end of its bucket', () => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine(['now'])];
    const cache = caching(snapshot, { clock, cache: { seconds: 300, timeBucketSeconds: 10 } });
    const now = start - 7_000;
    cache.evaluate(requestOf({ now }), never);
    clock.advance(2_999);
    cache.evaluate(requestOf({ now }), never);
    expect(moments).toHaveLength(1);
    clock.advance(1);
    // Gathered in a bucket that has ended meanwhile: the engine is asked, and nothing is kept.
    for (let count = 0; count < 2; count++) cache.evaluate(requestOf({ now }), never);
    expect(moments).toEqual([now, now, now]);
    cache.evaluate(requestOf({ now: now + 10_000 }), never);
    cache.evaluate(requestOf({ now: now + 10_000 }), never);
    expect(moments).toHaveLength(4);
  });

  it('about the time serves no other bucket, wherever the clock is set to', () => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine(['now'])];
    const cache = caching(snapshot, { clock, cache: { seconds: 60, timeBucketSeconds: 10 } });
    const bucket = () => Math.floor(clock.now() / 10_000) * 10_000;
    for (const jump of [0, 10_000, -10_000, -50_000, 50_000]) {
      clock.jump(jump);
      cache.evaluate(requestOf({ now: bucket() }), never);
    }
    const first = start - 7_000;
    expect(moments).toEqual([first, first + 10_000, first - 50_000]);
    // A bucket that is ahead of the clock ends no later than any answer.
    clock.advance(60_000);
    cache.evaluate(requestOf({ now: first + 10_000 }), never);
    expect(moments).toHaveLength(4);
  });

  it('about a pinned time lives as long as any other', () => {
    const [clock, { snapshot, moments }] = [new ManualClock(start), engine(['now'])];
    const cache = caching(snapshot, { clock, pinned: '2020-01-01T00:00:00Z', cache: { seconds: 10 } });
    for (const milliseconds of [0, 9_999, 1]) {
      clock.advance(milliseconds);
      cache.evaluate(requestOf({ now: 1_577_836_800_000 }), never);
    }
    expect(moments).toHaveLength(2);
  });
});
