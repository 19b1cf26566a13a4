import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportFile, type TestReport } from '../../test-run/report.ts';
import { type Check, type Finding, type Scene, unchecked } from '../check.ts';
import { command } from '../command.ts';

/** The last run of all tests was green, is of this code, and says why it left out what it left out. */
export const testResults: Check = {
  name: 'test results',
  async run(scene): Promise<Finding> {
    const report = await readTestReport(scene);
    if (report === undefined) return unchecked(scene, 'there is no report of a test run: run npm test first');
    if (report.partial) return unchecked(scene, 'the last npm test ran only some of the tests');
    const changed = await changedSince(scene.root, Date.parse(report.startedAt));
    if (changed !== undefined) return unchecked(scene, `${changed} is newer than the last npm test`);
    return {
      problems: report.tests.flatMap(({ file, name, state, reason }) => {
        if (state === 'failed') return [`${file} > ${name} failed`];
        return state === 'skipped' && reason === undefined ? [`${file} > ${name} is skipped without a reason`] : [];
      }),
    };
  },
};

/** The report of the last `npm test`, or nothing where there was none. */
export async function readTestReport({ root }: Pick<Scene, 'root'>): Promise<TestReport | undefined> {
  const text = await readFile(join(root, reportFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as TestReport);
}

async function changedSince(root: string, time: number): Promise<string | undefined> {
  const { stdout } = await command('git', ['ls-files', '-z', 'packages', 'apps', 'tooling'], { cwd: root });
  return stdout
    .split('\0')
    .filter((file) => /\.(ts|js|json|cedar|cedarschema|ya?ml)$/.test(file))
    .find((file) => (statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0) > time);
}
