import type { ConstitutionFile } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import { type LoadOptions, loadUntested } from '../load-constitution.js';
import { type PolicyCoverage, policyCoverage } from './policy-coverage.js';
import { type PolicyTestOutcome, runPolicyTests } from './run-policy-tests.js';

export interface PolicyTestReport {
  readonly outcomes: readonly PolicyTestOutcome[];
  readonly coverage: readonly PolicyCoverage[];
}

/** Those of variants are policies like any other. */
const allPolicies = (constitution: Constitution): ReadonlySet<string> =>
  new Set([undefined, ...constitution.variants].flatMap((variant) => [...constitution.policiesOf(variant).keys()]));

/**
 * Runs the tests of a constitution and tells what each came to and what they cover, also where some fail. Nothing
 * outside of the files is needed: tests state the world that they are about.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` with `details.problems`; the signal's reason when aborted.
 */
export const testConstitution = async (
  files: readonly ConstitutionFile[],
  options: Omit<LoadOptions, 'checkOnly'> = {},
): Promise<PolicyTestReport> => {
  const { signal = new AbortController().signal } = options;
  const loaded = await loadUntested(files, { ...options, checkOnly: true }, signal);
  await using constitution = loaded.constitution;
  const outcomes = await runPolicyTests(constitution, loaded.tests, signal);
  return { outcomes, coverage: policyCoverage(allPolicies(constitution), outcomes) };
};
