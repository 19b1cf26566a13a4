import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { partialRunVariable, reportFile, type TestOutcome, type TestReport } from './report.ts';

/** Writes what became of every test, with the reason where one was skipped. */
export class ResultsReporter implements Reporter {
  #root = process.cwd();
  #startedAt = new Date();

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
    this.#startedAt = new Date();
    // A run that is cut off must not leave the results of an earlier one.
    rmSync(join(this.#root, reportFile), { force: true });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const partial = process.env[partialRunVariable] === '1';
    const tests = modules
      .flatMap((module) => this.#outcomesOf(module))
      // What was not asked for looks like a test that was skipped without a word.
      .filter(({ state, reason }) => !partial || state !== 'skipped' || reason !== undefined);
    for (const [index] of unhandledErrors.entries()) {
      tests.push({ project: '', file: '', name: `error outside of any test ${index + 1}`, state: 'failed' });
    }
    const report: TestReport = {
      startedAt: this.#startedAt.toISOString(),
      node: process.version,
      partial,
      tests,
    };
    const target = join(this.#root, reportFile);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(report, undefined, 1)}\n`);
  }

  #outcomesOf(module: TestModule): TestOutcome[] {
    const file = relative(this.#root, module.moduleId).replaceAll(sep, '/');
    const place = { project: module.project.name, file };
    const outcomes = [...module.children.allTests()].map((test) => ({ ...place, ...outcomeOf(test) }));
    // A file that does not load, or a hook that throws, has failed although none of its tests did.
    const failedAlone = module.state() === 'failed' && !outcomes.some(({ state }) => state === 'failed');
    return failedAlone ? [...outcomes, { ...place, name: 'the file itself', state: 'failed' }] : outcomes;
  }
}

function outcomeOf(test: TestCase): Pick<TestOutcome, 'name' | 'state' | 'reason'> {
  const result = test.result();
  if (result.state === 'passed' || result.state === 'failed') return { name: test.fullName, state: result.state };
  const note = result.state === 'skipped' ? result.note : undefined;
  return { name: test.fullName, state: 'skipped', ...(note === undefined ? {} : { reason: note }) };
}
