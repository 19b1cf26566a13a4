import { prepare } from './prepare.js';
import { runForwardingSignals } from './run-forwarding-signals.js';

await prepare('npm run verify', { tasks: [] });
process.exitCode = await runForwardingSignals('node', ['tooling/verify/main.ts', ...process.argv.slice(2)]);
