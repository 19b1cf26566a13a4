/** Where a run of all tests leaves its results for the closing line and for `npm run verify`. */
export const reportFile = '.test-report/results.json';

/** Where the same run leaves branch counts per file. */
export const coverageFile = '.test-report/coverage/coverage-summary.json';

export interface TestOutcome {
  readonly project: string;
  /** Relative to the root, with forward slashes. */
  readonly file: string;
  /** The names of the enclosing blocks and of the test, joined by ` > `. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, as the test said it. */
  readonly reason?: string;
}

export interface TestReport {
  readonly startedAt: string;
  readonly node: string;
  readonly tests: readonly TestOutcome[];
}
