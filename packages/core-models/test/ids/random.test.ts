import { describe, expect, it } from 'vitest';
import { seededRandom, systemRandom } from '../../src/index.js';

describe('seeded random bytes', () => {
  it('are the same for the same seed, however they are drawn', () => {
    const whole = seededRandom(42).bytes(64);
    const parts = seededRandom(42);
    const drawn = [...parts.bytes(1), ...parts.bytes(0), ...parts.bytes(31), ...parts.bytes(32)];
    expect(drawn).toEqual([...whole]);
    expect([...seededRandom(43).bytes(64)]).not.toEqual([...whole]);
  });

  it('stay what they were when this was written: recorded seeds must keep their meaning', () => {
    expect(Buffer.from(seededRandom(1).bytes(8)).toString('hex')).toMatchInlineSnapshot(`"f3c9ebfd2b30f05c"`);
  });

  it('take every value about as often as any other', () => {
    const counts = Array.from({ length: 256 }, () => 0);
    for (const byte of seededRandom(7).bytes(256 * 400)) counts[byte] = (counts[byte] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(300);
    expect(Math.max(...counts)).toBeLessThan(500);
  });
});

describe("the system's random bytes", () => {
  it('are as many as asked for, and others each time', () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    expect([...systemRandom.bytes(32)]).not.toEqual([...systemRandom.bytes(32)]);
  });
});
