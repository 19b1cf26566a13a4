import { definePlugin } from '@oxlint/plugins';
import { backgroundWork } from './background-work.ts';
import { noExportAll } from './no-export-all.ts';
import { noSwallowedError } from './no-swallowed-error.ts';
import { testLength } from './test-length.ts';

/** The rules of this repository that oxlint does not bring along. */
export default definePlugin({
  meta: { name: 'charterbus' },
  rules: {
    'background-work': backgroundWork,
    'no-export-all': noExportAll,
    'no-swallowed-error': noSwallowedError,
    'test-length': testLength,
  },
});
