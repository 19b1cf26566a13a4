import type { ConstitutionProblem } from '../source/problem.js';
import type { PolicyTestOutcome } from './run-policy-tests.js';
import { describedDelivery } from './stated-delivery.js';

type Told = PolicyTestOutcome['expected'];

const described = ({ verdict, reasons, ...delivery }: Told): string =>
  `${verdict}${reasons === undefined ? '' : ` (${reasons.join(', ')})`}${describedDelivery(delivery)}`;

/** Why a test failed, and where it stands. */
export const testProblem = ({ file, line, name, expected, got, problems }: PolicyTestOutcome): ConstitutionProblem => {
  const why = problems.length > 0 ? problems.join(' ') : `expected ${described(expected)}, got ${described(got)}.`;
  return { file, line, message: `test "${name}": ${why}` };
};
