import { join } from 'node:path';
import { prepare } from './prepare.js';
import { root } from './repository.js';
import { runForwardingSignals } from './run-forwarding-signals.js';
import { commandLine, commandLineFilter } from './server-command.js';

await prepare('npm start', { tasks: ['build'], filter: commandLineFilter });
process.exitCode = await runForwardingSignals('node', [join(root, commandLine), 'serve', ...process.argv.slice(2)]);
