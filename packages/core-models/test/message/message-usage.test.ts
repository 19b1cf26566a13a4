import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measuredUsage, messageDraftSchema } from '../../src/index.js';

const draft = (usage: unknown) => ({ to: { agent: 'worker' }, type: 'query', content: 1, usage });
const isValid = (usage: unknown): boolean => messageDraftSchema.safeParse(draft(usage)).success;

describe('usage that a message states', () => {
  it('is tokens, cost, or both', () => {
    expect([{ inputTokens: 1 }, { outputTokens: 0 }, { cost: 0.5 }, { inputTokens: 1, cost: 2 }].every(isValid)).toBe(
      true,
    );
  });

  it.each([
    [{}],
    [{ inputTokens: -1 }],
    [{ inputTokens: 1.5 }],
    [{ inputTokens: 2_000_000_000 }],
    [{ cost: -0.01 }],
    [{ cost: Number.NaN }],
    [{ cost: Number.POSITIVE_INFINITY }],
    [{ cost: '1' }],
    [{ cost: 1, currency: 'EUR' }],
    ['free'],
  ])('is not %j', (usage) => {
    expect(isValid(usage)).toBe(false);
  });

  it('is measured in whole millionths: what is stated in them stays, what is less is rounded up', () => {
    expect(measuredUsage({ cost: 0.1 }).costMicros).toBe(100_000);
    expect(measuredUsage({ cost: 0.29 }).costMicros).toBe(290_000);
    expect(measuredUsage({ cost: 1e-7 }).costMicros).toBe(1);
    expect(measuredUsage({})).toEqual({ inputTokens: 0, outputTokens: 0, costMicros: 0 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), (micros) => {
        expect(measuredUsage({ cost: micros / 1_000_000 }).costMicros).toBe(micros);
      }),
    );
  });
});
