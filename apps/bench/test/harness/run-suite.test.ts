import { describe, expect, test } from 'vitest';
import { quickPlan } from '../../src/harness/plan.js';
import { measureRatio, runSuite } from '../../src/harness/run-suite.js';
import type { StartRunner } from '../../src/harness/runner.js';
import type { Sample } from '../../src/measure/sample.js';
import type { Suite } from '../../src/suite.js';
import { speed, wait } from '../../src/suites/compare.js';
import { quiet } from '../support/quiet.js';
import { tinySuite } from '../support/tiny-suite.js';

const sample = (opsPerSecond: number): Sample => ({
  opsPerSecond,
  p50Us: 1e6 / opsPerSecond,
  p90Us: 2,
  p99Us: 3,
  counts: { commits: opsPerSecond },
});

/** Answers with the rates of a row one after the other, and notes who was asked. */
const scripted = (rates: Readonly<Record<string, readonly number[]>>) => {
  const asked: string[] = [];
  const closed: string[] = [];
  const start: StartRunner = async (_suite, { name }) => {
    const left = [...(rates[name] ?? [])];
    return {
      warmUp: async () => 1000,
      sample: async (operations) => {
        asked.push(`${name} ${operations}`);
        const rate = left.shift();
        if (rate === undefined) throw new Error('out of order');
        return sample(rate);
      },
      [Symbol.asyncDispose]: async () => void closed.push(name),
    };
  };
  return { start, asked, closed };
};

const two: Suite = {
  ...tinySuite,
  rows: tinySuite.rows.slice(0, 2),
  ratios: [speed('ours', 'theirs', { atLeast: 1 })],
};
const plan = { ...quickPlan, batchMs: 50 };

describe('a suite', () => {
  test('is measured in turns, in batches as long as the plan says', async () => {
    const { start, asked, closed } = scripted({ ours: [1, 2, 3, 4, 5], theirs: [1, 1, 1, 1, 1] });
    const { rows } = await runSuite(two, { plan, start, progress: quiet });
    expect(asked).toEqual(Array.from({ length: 5 }, () => ['ours 50', 'theirs 50']).flat());
    expect(closed.toSorted()).toEqual(['ours', 'theirs']);
    expect(rows[0]).toMatchObject({
      figures: { opsPerSecond: 3, counts: { commits: 3 } },
      speed: { median: 3, low: 1, high: 5 },
    });
  });

  test('compares by rounds: what slows a round down slows both sides', async () => {
    const { start } = scripted({ ours: [20, 2, 200, 4, 40], theirs: [10, 1, 100, 2, 20] });
    const { ratios } = await runSuite(two, { plan, start, progress: quiet });
    expect(ratios[0]).toMatchObject({ interval: { median: 2, low: 2, high: 2 }, conclusion: 'pass' });
  });

  test('ends everything and names the row when one fails', async () => {
    const { start, closed } = scripted({ ours: [1, 1], theirs: [1] });
    await expect(runSuite(two, { plan, start, progress: quiet })).rejects.toThrow('theirs: out of order');
    expect(closed.toSorted()).toEqual(['ours', 'theirs']);
  });
});

test('waits are compared the other way round than speeds', () => {
  const samples = new Map([
    ['a', [sample(10)]],
    ['b', [sample(5)]],
  ]);
  expect(measureRatio(speed('a', 'b'), samples, 1).interval.median).toBe(2);
  expect(measureRatio(wait('a', 'b'), samples, 1).interval.median).toBe(0.5);
});

test('a ratio of a row that is not there is an error', () => {
  expect(() => measureRatio(speed('a', 'b'), new Map(), 1)).toThrow('There is no row a.');
});
