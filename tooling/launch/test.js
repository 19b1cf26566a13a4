import { prepare } from './prepare.js';
import { runForwardingSignals } from './run-forwarding-signals.js';

await prepare('npm test', { tasks: ['build', 'typecheck'] });
// Named where the tests are to run on another Node than the pinned one, as the public CI does.
const node = process.env['CHARTERBUS_NODE'] ?? 'node';
process.exitCode = await runForwardingSignals(node, ['tooling/test-run/main.ts', ...process.argv.slice(2)]);
