import fc from 'fast-check';
import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { advanceTick } from '../../src/ids/id-source.js';
import { ManualClock, seededRandom, systemClock, systemRandom, uuidV7Source } from '../../src/index.js';

const start = Date.UTC(2026, 0, 1);
const millisecondsOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
/** The 32 bits behind the milliseconds, version and variant left out. */
const counterOf = (id: string): number => {
  const [b6 = 0, b7 = 0, b8 = 0, b9 = 0, b10 = 0] = Buffer.from(id.replaceAll('-', ''), 'hex').subarray(6, 11);
  return (b6 & 0x0f) * 2 ** 28 + (b7 << 20) + ((b8 & 0x3f) << 14) + (b9 << 6) + (b10 >> 2);
};

describe('ids', () => {
  it('are UUIDs of version 7 as RFC 9562 lays them out', () => {
    const id = uuidV7Source(new ManualClock(start), seededRandom(1)).next();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(validate(id)).toBe(true);
    expect(version(id)).toBe(7);
    expect(millisecondsOf(id)).toBe(start);
  });

  it('are strictly increasing while the clock stands still, goes forward and goes back', () => {
    const steps = fc.array(
      fc.oneof(fc.constant(0), fc.integer({ min: -5000, max: 5000 }), fc.double({ min: 0, max: 2, noNaN: true })),
    );
    fc.assert(
      fc.property(steps, fc.integer(), (jumps, seed) => {
        const clock = new ManualClock(start);
        const source = uuidV7Source(clock, seededRandom(seed));
        let last = source.next();
        for (const jump of jumps) {
          clock.jump(jump);
          const next = source.next();
          expect(next > last).toBe(true);
          last = next;
        }
      }),
    );
  });

  it('count by one where milliseconds are the same, and begin in the lower half', () => {
    const source = uuidV7Source(new ManualClock(start), seededRandom(3));
    const first = counterOf(source.next());
    expect(first).toBeLessThan(2 ** 31);
    expect(counterOf(source.next())).toBe(first + 1);
  });

  it('are repeatable from a seed, and differ between seeds', () => {
    const run = (seed: number): string[] => {
      const source = uuidV7Source(new ManualClock(start), seededRandom(seed));
      return Array.from({ length: 200 }, () => source.next());
    };
    expect(run(5)).toEqual(run(5));
    expect(new Set([...run(5), ...run(6)]).size).toBe(400);
  });

  it('of two sources of one machine differ', () => {
    const clock = { now: () => start };
    const [left, right] = [uuidV7Source(clock, systemRandom), uuidV7Source(clock, systemRandom)];
    const ids = Array.from({ length: 1000 }, () => [left.next(), right.next()]).flat();
    expect(new Set(ids).size).toBe(2000);
    const id = uuidV7Source(systemClock, systemRandom).next();
    expect(Math.abs(millisecondsOf(id) - Date.now())).toBeLessThan(60_000);
  });
});

describe('the counter', () => {
  const entropy = Uint8Array.of(0xff, 0xff, 0xff);

  it('rolls over into the next millisecond, and the clock catches up with it', () => {
    const tick = { milliseconds: start, counter: 2 ** 32 - 1 };
    advanceTick(tick, start, entropy);
    expect(tick).toEqual({ milliseconds: start + 1, counter: 0 });
    advanceTick(tick, start, entropy);
    advanceTick(tick, start + 1, entropy);
    expect(tick).toEqual({ milliseconds: start + 1, counter: 2 });
    advanceTick(tick, start + 2, entropy);
    expect(tick).toEqual({ milliseconds: start + 2, counter: 0x7fffff });
  });

  it('goes on within one millisecond, however finely the clock tells it', () => {
    const tick = { milliseconds: 0, counter: 0 };
    advanceTick(tick, start + 0.1, entropy);
    advanceTick(tick, start + 0.9, Uint8Array.of(0, 0, 0));
    expect(tick).toEqual({ milliseconds: start, counter: 0x800000 });
  });
});
