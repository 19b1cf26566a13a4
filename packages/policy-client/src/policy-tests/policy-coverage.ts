import type { PolicyTestOutcome } from './run-policy-tests.js';

export interface PolicyCoverage {
  readonly policy: string;
  /** Tests in which it was among those that determined a verdict. */
  readonly tests: number;
}

/** By policy, sorted by id, how many tests it decides; those that none decides have 0. */
export const policyCoverage = (
  policies: Iterable<string>,
  outcomes: readonly PolicyTestOutcome[],
): readonly PolicyCoverage[] =>
  [...policies]
    .toSorted()
    .map((policy) => ({ policy, tests: outcomes.filter((outcome) => outcome.policies.includes(policy)).length }));
