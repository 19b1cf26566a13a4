import { ManualClock, seededRandom } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, pause } from '../../src/bundle/sources/pause.js';

describe('a backoff', () => {
  it('doubles up to its most, and is between half and all of that by chance', () => {
    const bounds = { first: 1_000, most: 60_000 };
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2_000 }), (seed, failures) => {
        const longest = Math.min(60_000, 1_000 * 2 ** Math.min(failures - 1, 30));
        const waited = backoff(failures, bounds, seededRandom(seed));
        expect(waited).toBeGreaterThanOrEqual(longest / 2);
        expect(waited).toBeLessThan(longest);
      }),
      { seed: 3 },
    );
    expect(new Set([1, 2, 3, 4].map((seed) => backoff(1, bounds, seededRandom(seed)))).size).toBe(4);
  });
});

describe('a pause', () => {
  it('lasts as long as it was told, or until nobody waits for it', async () => {
    const clock = new ManualClock();
    const patience = new AbortController();
    let over = false;
    const waiting = pause(100, clock, patience.signal).then(() => {
      over = true;
    });
    clock.advance(99);
    await Promise.resolve();
    expect(over).toBe(false);
    clock.advance(1);
    await waiting;
    const aborted = pause(100, clock, patience.signal);
    patience.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(() => pause(100, clock, patience.signal)).toThrow('enough');
  });
});
