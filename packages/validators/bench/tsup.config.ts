import { packageBuild } from '@charterbus/tooling/tsup';

export default packageBuild(['bench/screens.ts', 'bench/corpus-report.ts']);
