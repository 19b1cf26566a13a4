/** Where a run of all tests leaves its results for the closing line and for `npm run verify`. */
export const reportFile = '.test-report/results.json';

/** Where the same run leaves branch counts per file. */
export const coverageFile = '.test-report/coverage/coverage-summary.json';

/** Set for the reporter where only some of the tests are asked for. */
export const partialRunVariable = 'CHARTERBUS_PARTIAL_TEST_RUN';

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
  /** Whether only some of the tests were asked for, so that the report proves nothing about the rest. */
  readonly partial: boolean;
  readonly tests: readonly TestOutcome[];
}
