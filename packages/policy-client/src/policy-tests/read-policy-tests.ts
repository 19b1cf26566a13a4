import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { readYaml, yamlPlaces } from '../source/yaml.js';
import type { PolicyTest } from './policy-test.js';
import { policyTestFileSchema } from './policy-test-file.js';

export interface LocatedPolicyTest {
  readonly file: string;
  /** From 1: where the test begins. */
  readonly line: number;
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
    if (parsed.value === undefined) continue;
    const placeOf = yamlPlaces(source.text);
    const names = new Set<string>();
    for (const [index, test] of parsed.value.tests.entries()) {
      const { line = 1 } = placeOf(['tests', index]);
      if (names.has(test.name))
        problems.push({ file: source.path, line, message: `the test "${test.name}" is there twice.` });
      names.add(test.name);
      tests.push({ file: source.path, line, test });
    }
  }
  return { tests, problems };
};
