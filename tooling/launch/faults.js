import { parseArgs } from 'node:util';
import { prepare } from './prepare.js';
import { root } from './repository.js';
import { runForwardingSignals } from './run-forwarding-signals.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError('--minutes takes a number greater than zero.');
if (values.seed !== undefined && !/^\d{1,15}$/.test(values.seed)) throw new RangeError('--seed takes a whole number.');

await prepare('npm run faults', { tasks: ['build'], filter: '@charterbus/bus-server...', quiet: true });
const env = {
  CHARTERBUS_FAULT_MINUTES: values.minutes,
  ...(values.seed === undefined ? {} : { CHARTERBUS_SEED: values.seed }),
};
process.exitCode = await runForwardingSignals(
  'vitest',
  ['run', '--coverage.enabled=false', '--silent=false', '--reporter=verbose', 'apps/bus-server/test/faults/long-run'],
  { cwd: root, env },
);
