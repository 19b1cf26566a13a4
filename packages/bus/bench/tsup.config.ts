import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild([
  'bench/swaps.ts',
  'bench/backlog.ts',
  'bench/backlog-process.ts',
  'bench/halts.ts',
  'bench/metered-kills.ts',
  'bench/telemetry.ts',
  'bench/telemetry-calls.ts',
]);
