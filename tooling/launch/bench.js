import { join } from 'node:path';
import { prepare } from './prepare.js';
import { root } from './repository.js';
import { runForwardingSignals } from './run-forwarding-signals.js';

await prepare('npm run bench', { tasks: ['build'], filter: '@charterbus/bench...', quiet: true });
process.exitCode = await runForwardingSignals(
  'node',
  [join(root, 'apps/bench/dist/cli.js'), ...process.argv.slice(2)],
  {
    // npm changes to the root; file names mean what they meant where they were typed.
    cwd: process.env['INIT_CWD'] ?? root,
  },
);
