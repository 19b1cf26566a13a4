import { expect, test } from 'vitest';
import { allowedImports, problemsOf } from '../../verify/checks/arrows.ts';
import { manifestOf } from './manifest-of.ts';

test('imports point toward core-models', () => {
  const bus = manifestOf('bus', { dependencies: { '@charterbus/store': 'workspace:^', zod: 'catalog:' } });
  expect(problemsOf({ directory: 'packages/bus', manifest: bus })).toEqual([]);

  const store = manifestOf('store', { devDependencies: { '@charterbus/bus': 'workspace:^' } });
  expect(problemsOf({ directory: 'packages/store', manifest: store })).toEqual([
    'packages/store may not import @charterbus/bus',
  ]);
});

test('a package that the table does not know is refused', () => {
  expect(problemsOf({ directory: 'packages/extra', manifest: manifestOf('extra') })).toHaveLength(1);
});

test('the table itself has no cycle', () => {
  const reaches = (from: string, to: string): boolean =>
    (allowedImports[from] ?? []).some((next) => next === to || reaches(next, to));
  expect(Object.keys(allowedImports).filter((name) => reaches(name, name))).toEqual([]);
});
