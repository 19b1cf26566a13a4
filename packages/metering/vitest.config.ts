import { packageTests } from '@charterbus/tooling/vitest';

export default packageTests('metering');
