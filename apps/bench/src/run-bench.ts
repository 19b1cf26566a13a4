import { writeFile } from 'node:fs/promises';
import { fullPlan, type Plan, quickPlan } from './harness/plan.js';
import { type MeasuredSuite, runSuite } from './harness/run-suite.js';
import type { StartRunner } from './harness/runner.js';
import type { BenchOptions } from './options.js';
import type { Progress } from './progress.js';
import { recordEnvironment } from './report/environment.js';
import { jsonReport } from './report/json-report.js';
import { markdownReport } from './report/markdown-report.js';
import type { Suite } from './suite.js';

export interface Surroundings {
  readonly suites: readonly Suite[];
  readonly start: StartRunner;
  readonly progress: Progress;
  readonly print: (text: string) => void;
  /** Default: by `--quick`. */
  readonly plan?: Plan;
}

/** Runs the suites one after the other, prints the tables and writes the reports that are asked for. */
export const runBench = async (options: BenchOptions, surroundings: Surroundings): Promise<void> => {
  const { suites, start, progress, print, plan = options.quick ? quickPlan : fullPlan } = surroundings;
  const chosen = suites.filter(({ name }) => options.suites.length === 0 || options.suites.includes(name));
  const ended = recordEnvironment({ quick: options.quick, rounds: plan.rounds });
  const measured: MeasuredSuite[] = [];
  for (const suite of chosen) measured.push(await runSuite(suite, { plan, start, progress }));
  const environment = ended();
  const markdown = markdownReport(environment, measured);
  print(markdown);
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(jsonReport(environment, measured), undefined, 2)}\n`);
  }
  if (options.markdown !== undefined) await writeFile(options.markdown, markdown);
};
