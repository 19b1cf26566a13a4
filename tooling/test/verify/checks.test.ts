import { expect, test } from 'vitest';
import { isUnavailable } from '../../verify/checks/audit.ts';
import { namesPackage } from '../../verify/checks/changesets.ts';
import { shortfall } from '../../verify/checks/coverage.ts';
import { isPermissive } from '../../verify/checks/licences.ts';

test('a changeset names its packages in its front matter, not in its text', () => {
  const text = '---\n"@charterbus/bus": minor\n---\n\nAlso helps @charterbus/store: a little.\n';
  expect(namesPackage(text, '@charterbus/bus')).toBe(true);
  expect(namesPackage(text, '@charterbus/store')).toBe(false);
});

test('coverage is counted over all branches of a package', () => {
  const files = [
    { total: 2, covered: 0 },
    { total: 18, covered: 18 },
  ];
  expect(shortfall('packages/bus', files, 90)).toEqual([]);
  expect(shortfall('packages/bus', files, 91)).toEqual([
    'packages/bus: 90.0 % of the branches are tested, 91 % are asked for',
  ]);
  expect(shortfall('packages/bus', [], 100)).toEqual([]);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['Apache-2.0 AND GPL-2.0-only', false],
  ['GPL-3.0-only', false],
  ['Unknown', false],
])('%s is a permissive licence: %s', (expression, expected) => {
  expect(isPermissive(expression)).toBe(expected);
});

test('a registry without an audit is not a warning of one', () => {
  expect(isUnavailable('ERR_PNPM_AUDIT_BAD_RESPONSE: responded with 405')).toBe(true);
  expect(isUnavailable('1 vulnerabilities found. Severity: 1 high')).toBe(false);
});
