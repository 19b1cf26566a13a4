import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild(['bench/constant-time.ts']);
