import type { ConstitutionProblem } from '../source/problem.js';
import type { PolicyTestOutcome } from './run-policy-tests.js';

const described = (verdict: string, reasons: readonly string[] | undefined): string =>
  reasons === undefined ? verdict : `${verdict} (${reasons.join(', ')})`;

/** Why a test failed, and where it stands. */
export const testProblem = ({ file, line, name, expected, got, problems }: PolicyTestOutcome): ConstitutionProblem => {
  const why =
    problems.length > 0
      ? problems.join(' ')
      : `expected ${described(expected.verdict, expected.reasons)}, got ${described(got.verdict, got.reasons)}.`;
  return { file, line, message: `test "${name}": ${why}` };
};
