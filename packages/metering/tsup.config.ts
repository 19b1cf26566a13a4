import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild(['src/index.ts', 'src/redis/index.ts', 'src/sqlite/index.ts', 'src/testing/index.ts']);
