import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../launch/repository.js';
import { runForwardingSignals } from '../launch/run-forwarding-signals.js';
import { reportFile, type TestReport } from './report.ts';
import { summaryOf } from './summary.ts';

/** Above this something hangs: every test and hook has a deadline of its own. */
const deadlineMs = 15 * 60_000;

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const code = await runForwardingSignals(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { deadlineMs });
const target = join(root, reportFile);
if (existsSync(target)) {
  const summary = summaryOf(JSON.parse(readFileSync(target, 'utf8')) as TestReport);
  process.stdout.write(`${summary.lines.join('\n')}\n`);
  process.exitCode = code === 0 && summary.failed > 0 ? 1 : code;
} else {
  process.stdout.write('npm test: the run was cut off before it could report.\n');
  process.exitCode = 1;
}
