import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { readYaml } from '../source/yaml.js';
import { type PolicyTest, policyTestFileSchema } from './policy-test.js';

export interface LocatedPolicyTest {
  readonly file: string;
  readonly test: PolicyTest;
}

export interface ReadPolicyTests {
  readonly tests: readonly LocatedPolicyTest[];
  readonly problems: readonly ConstitutionProblem[];
}

/** All tests of all files. Two of one name in a file could not be told apart in a report. */
export const readPolicyTests = (sources: readonly SourceText[]): ReadPolicyTests => {
  const tests: LocatedPolicyTest[] = [];
  const problems: ConstitutionProblem[] = [];
  for (const source of sources) {
    const parsed = readYaml(source.path, source.text, policyTestFileSchema);
    problems.push(...parsed.problems);
    const names = new Set<string>();
    for (const test of parsed.value?.tests ?? []) {
      if (names.has(test.name))
        problems.push({ file: source.path, message: `the test "${test.name}" is there twice.` });
      names.add(test.name);
      tests.push({ file: source.path, test });
    }
  }
  return { tests, problems };
};
