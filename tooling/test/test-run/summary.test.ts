import { expect, test } from 'vitest';
import type { TestOutcome } from '../../test-run/report.ts';
import { summaryOf } from '../../test-run/summary.ts';

function outcome(name: string, state: TestOutcome['state'], reason?: string): TestOutcome {
  return { project: 'bus', file: 'bus/test/a.test.ts', name, state, ...(reason === undefined ? {} : { reason }) };
}

test('the last line counts; each skipped test stands before it with its reason', () => {
  const tests = [
    outcome('delivers', 'passed'),
    outcome('asks OPA', 'skipped', 'opa is missing'),
    outcome('asks OPA twice', 'skipped', 'opa is missing'),
    outcome('drains', 'failed'),
  ];
  expect(summaryOf({ startedAt: '', node: '', partial: false, tests })).toEqual({
    failed: 1,
    lines: [
      'skipped (opa is missing):',
      '  bus/test/a.test.ts > asks OPA',
      '  bus/test/a.test.ts > asks OPA twice',
      'failed: bus/test/a.test.ts > drains',
      'tests: 1 passed, 1 failed, 2 skipped',
    ],
  });
});
