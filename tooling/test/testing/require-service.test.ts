import { expect, test } from 'vitest';
import { chromium, locateService, opa, requireService, type Service } from '../../testing/index.ts';

const missing: Service = { name: 'sundial', hint: 'is found in gardens', locate: () => undefined };

function context(): { skip: (note: string) => never } {
  return {
    skip: (note) => {
      throw new Error(`skipped: ${note}`);
    },
  };
}

test('a test whose service is missing is skipped with its reason', () => {
  expect(() => requireService(context(), missing, {})).toThrow('skipped: sundial is missing: it is found in gardens');
});

test('where services are required it fails instead', () => {
  const environment = { CHARTERBUS_REQUIRE_SERVICES: '1' };
  expect(() => requireService(context(), missing, environment)).toThrow(/^sundial is missing/);
});

test('a service that is there is located, by its variable before the PATH', () => {
  const environment = { OPA_BIN: process.execPath, PATH: '' };
  expect(locateService(opa, environment)).toBe(process.execPath);
  expect(requireService(context(), opa, environment)).toBe(process.execPath);
  expect(locateService(opa, { OPA_BIN: '/no/such/program', PATH: '' })).toBeUndefined();
});

test('a browser is located under the names that distributions give it', () => {
  expect(locateService(chromium, { CHROMIUM_BIN: process.execPath, PATH: '' })).toBe(process.execPath);
  expect(locateService(chromium, { PATH: '' })).toBeUndefined();
});
