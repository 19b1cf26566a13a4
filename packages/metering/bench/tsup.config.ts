import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild(['bench/decisions.ts', 'bench/kills.ts']);
