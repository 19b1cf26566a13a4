import { expect, test } from 'vitest';
import type { TestOutcome } from '../../test-run/report.ts';
import { namingProblems, unheld } from '../../verify/checks/requirements.ts';

const file = 'packages/bus/test/deny.test.ts';
const requirement = {
  id: 'BUS-DENY-1',
  promise: 'What is not allowed is denied.',
  promisedIn: 'README.md',
  tests: [{ file, name: 'denies' }],
};

function outcome(state: TestOutcome['state']): TestOutcome {
  return { project: 'bus', file, name: 'judge > denies what is unknown', state };
}

test('a promise is held by tests that exist and passed', () => {
  expect(unheld(requirement, [outcome('passed')], true)).toEqual([]);
  expect(unheld(requirement, [], true)).toEqual([`BUS-DENY-1: there is no test "denies" in ${file}`]);
  expect(unheld(requirement, [outcome('failed')], false)).toHaveLength(1);
});

test('a skipped test holds a promise only where a service may be missing', () => {
  expect(unheld(requirement, [outcome('skipped')], false)).toEqual([]);
  expect(unheld(requirement, [outcome('skipped')], true)).toHaveLength(1);
});

test('documents and manifest name each other', () => {
  const named = new Map([['README.md', 'Denied. <!-- req: BUS-DENY-1 -->']]);
  expect(namingProblems([requirement], named)).toEqual([]);
  expect(namingProblems([requirement, requirement], named)).toEqual([
    'BUS-DENY-1 stands twice in docs/requirements.yaml',
  ]);
  expect(namingProblems([], named)).toEqual(['README.md names BUS-DENY-1, which is not in docs/requirements.yaml']);
  expect(namingProblems([requirement], new Map())).toEqual(['BUS-DENY-1 is not named in README.md']);
});
