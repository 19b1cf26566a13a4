import type { TestOutcome, TestReport } from './report.ts';

export interface Summary {
  readonly failed: number;
  readonly lines: readonly string[];
}

/** What the user reads last: why tests were skipped, which failed, and one line that counts. */
export function summaryOf({ tests }: TestReport): Summary {
  const having = (state: TestOutcome['state']): TestOutcome[] => tests.filter((test) => test.state === state);
  const skipped = having('skipped');
  const failed = having('failed');
  return {
    failed: failed.length,
    lines: [
      ...skippedByReason(skipped),
      ...failed.map(({ file, name }) => `failed: ${file} > ${name}`),
      `tests: ${having('passed').length} passed, ${failed.length} failed, ${skipped.length} skipped`,
    ],
  };
}

function skippedByReason(skipped: readonly TestOutcome[]): string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason ?? 'no reason given');
  return [...byReason].flatMap(([reason, tests]) => [
    `skipped (${reason}):`,
    ...tests.map(({ file, name }) => `  ${file} > ${name}`),
  ]);
}
