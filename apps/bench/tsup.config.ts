import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild([
  'src/index.ts',
  'src/cli.ts',
  'src/row-process.ts',
  'src/suites/redis/stream-consumer.ts',
]);
