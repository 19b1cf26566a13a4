import type { Check } from './check.ts';
import { arrows } from './checks/arrows.ts';
import { audit } from './checks/audit.ts';
import { changesets } from './checks/changesets.ts';
import { coverage } from './checks/coverage.ts';
import { licences } from './checks/licences.ts';
import { manifests } from './checks/manifests.ts';
import { requirements } from './checks/requirements.ts';
import { smoke } from './checks/smoke.ts';
import { strays } from './checks/strays.ts';
import { testResults } from './checks/test-results.ts';
import { tarballCheck } from './tarball-check.ts';
import { toolCheck } from './tool-check.ts';

/** Everything that `npm run verify` looks at, quick ones first. The tests are not run again: their report is read. */
export const checks: readonly Check[] = [
  toolCheck('format', 'biome', ['check', '--error-on-warnings', '--reporter=summary', '.']),
  toolCheck('lint', 'oxlint', ['--type-aware', '--deny-warnings']),
  strays,
  manifests,
  arrows,
  toolCheck('types', 'turbo', ['run', 'typecheck', '--output-logs=errors-only']),
  toolCheck('build', 'turbo', ['run', 'build', '--output-logs=errors-only']),
  toolCheck('unused', 'knip', ['--no-progress', '--treat-config-hints-as-errors']),
  testResults,
  coverage,
  requirements,
  tarballCheck('exports', 'publint', (tarball) => ['run', tarball, '--strict']),
  tarballCheck('export types', 'attw', (tarball) => [tarball, '--profile', 'esm-only']),
  smoke,
  licences,
  audit,
  changesets,
];
