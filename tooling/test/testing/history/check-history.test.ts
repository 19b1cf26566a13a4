import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkHistory } from '../../../testing/history/check-history.js';
import type { HistoryEvent } from '../../../testing/history/events.js';
import { GoodHistory } from './good-history.js';
import { mutations } from './mutations.js';

const runs = { seed: 20_261_201, numRuns: 300 };

const histories = fc
  .array(fc.tuple(fc.nat(7), fc.nat(60)), { minLength: 20, maxLength: 120 })
  .map((steps): readonly HistoryEvent[] => {
    const history = new GoodHistory();
    history.step(0, 1);
    for (const [what, whom] of steps) history.step(what, whom);
    return history.end();
  });

test('a run that keeps its promises is found to', () => {
  fc.assert(
    fc.property(histories, (events) => {
      expect(checkHistory(events)).toEqual([]);
    }),
    runs,
  );
});

describe('a bus that', () => {
  it.each(mutations)('$name is found out', ({ rule, apply }) => {
    let occasions = 0;
    fc.assert(
      fc.property(histories, fc.nat(1000), (events, whom) => {
        const wrong = apply(events, whom);
        if (wrong === undefined) return;
        occasions += 1;
        expect(checkHistory(wrong).map((violation) => violation.rule)).toContain(rule);
      }),
      runs,
    );
    expect(occasions).toBeGreaterThan(20);
  });
});
