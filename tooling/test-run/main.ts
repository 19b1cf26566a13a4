import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../launch/repository.js';
import { runForwardingSignals } from '../launch/run-forwarding-signals.js';
import { partialRunVariable, reportFile, type TestReport } from './report.ts';
import { summaryOf } from './summary.ts';

/**
 * Above this something hangs: every test and hook has a deadline of its own. On two idle cores a run takes about a quarter
 * of it; a machine that has other work must not be taken for one that hangs.
 */
const deadlineMs = 45 * 60_000;

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const selection = process.argv.slice(2);
const partial = selection.length > 0;
// The branches that a part of the tests goes through say nothing about a package.
const args = [vitest, 'run', ...selection, ...(partial ? ['--coverage.enabled=false'] : [])];
const env: Record<string, string> = partial ? { [partialRunVariable]: '1' } : {};
const code = await runForwardingSignals(process.execPath, args, { env, deadlineMs });
const target = join(root, reportFile);
if (existsSync(target)) {
  const summary = summaryOf(JSON.parse(readFileSync(target, 'utf8')) as TestReport);
  process.stdout.write(`${summary.lines.join('\n')}\n`);
  process.exitCode = code === 0 && summary.failed > 0 ? 1 : code;
} else {
  process.stdout.write('npm test: the run was cut off before it could report.\n');
  process.exitCode = 1;
}
