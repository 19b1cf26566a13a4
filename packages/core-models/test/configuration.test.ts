import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerConfiguration } from '../src/index.js';
import { failureOf } from './support/failure.js';

const defaults = {
  host: '127.0.0.1',
  port: 7420,
  dataDirectory: './data',
  metrics: 'operator',
  usage: { enterpriseTenants: [], tenantMetrics: false },
  drainMilliseconds: 10_000,
};
const token = 'sixteen-visible!';

describe('the configuration of the server', () => {
  it('needs nothing, and an empty variable counts as absent', () => {
    expect(readServerConfiguration({})).toEqual(defaults);
    const names = ['HOST', 'PORT', 'DATA_DIR', 'CONSTITUTION', 'OPERATOR_TOKEN', 'DRAIN_MS'];
    const empty = Object.fromEntries(names.map((name) => [`CHARTERBUS_${name}`, '']));
    expect(readServerConfiguration(empty)).toEqual(defaults);
    expect(readServerConfiguration({ CHARTERBUS_PORT: undefined, PORT: '1', PATH: '/bin' })).toEqual(defaults);
  });

  it.each([
    ['CHARTERBUS_HOST', '::1', { host: '::1' }],
    ['CHARTERBUS_PORT', '0', { port: 0 }],
    ['CHARTERBUS_PORT', '65535', { port: 65_535 }],
    ['CHARTERBUS_DATA_DIR', ' /var/lib/bus ', { dataDirectory: '/var/lib/bus' }],
    ['CHARTERBUS_CONSTITUTION', './charter', { constitution: './charter' }],
    ['CHARTERBUS_OPERATOR_TOKEN', token, { operatorToken: token }],
    ['CHARTERBUS_OPERATOR_TOKEN', '~'.repeat(256), { operatorToken: '~'.repeat(256) }],
    ['CHARTERBUS_DRAIN_MS', '0', { drainMilliseconds: 0 }],
    ['CHARTERBUS_METRICS', 'open', { metrics: 'open' }],
    [
      'CHARTERBUS_ENTERPRISE_TENANTS',
      'acme, north',
      { usage: { enterpriseTenants: ['acme', 'north'], tenantMetrics: false } },
    ],
    ['CHARTERBUS_TENANT_METRICS', 'on', { usage: { enterpriseTenants: [], tenantMetrics: true } }],
    ['CHARTERBUS_USAGE_DIR', './usage', { usage: { ...defaults.usage, directory: './usage' } }],
    [
      'CHARTERBUS_USAGE_URL',
      'https://meter.example/v1',
      { usage: { ...defaults.usage, url: 'https://meter.example/v1' } },
    ],
    [
      'CHARTERBUS_REDIS_URL',
      'rediss://user:word@store.example:6380/2',
      { redisUrl: 'rediss://user:word@store.example:6380/2' },
    ],
  ])('obeys %s=%s', (name, value, change) => {
    expect(readServerConfiguration({ [name]: value })).toEqual({ ...defaults, ...change });
  });

  it.each([
    ['CHARTERBUS_HOST', '   '],
    ['CHARTERBUS_PORT', '65536'],
    ['CHARTERBUS_PORT', '-1'],
    ['CHARTERBUS_PORT', '80.0'],
    ['CHARTERBUS_PORT', '0x50'],
    ['CHARTERBUS_PORT', '80\n'],
    ['CHARTERBUS_DATA_DIR', '\t'],
    ['CHARTERBUS_CONSTITUTION', ' '],
    ['CHARTERBUS_OPERATOR_TOKEN', 'fifteen-visible'],
    ['CHARTERBUS_OPERATOR_TOKEN', `${token} `],
    ['CHARTERBUS_OPERATOR_TOKEN', '~'.repeat(257)],
    ['CHARTERBUS_OPERATOR_TOKEN', `${token}é`],
    ['CHARTERBUS_DRAIN_MS', '10000000'],
    ['CHARTERBUS_DRAIN_MS', '1e3'],
    ['CHARTERBUS_METRICS', 'everybody'],
    ['CHARTERBUS_ENTERPRISE_TENANTS', 'acme,,north'],
    ['CHARTERBUS_TENANT_METRICS', 'yes'],
    ['CHARTERBUS_USAGE_URL', 'http://meter.example'],
    ['CHARTERBUS_USAGE_URL', 'https://user:word@meter.example'],
    ['CHARTERBUS_USAGE_TOKEN', 'without-an-address'],
    ['CHARTERBUS_REDIS_URL', 'localhost:6379'],
    ['CHARTERBUS_REDIS_URL', 'http://localhost:6379'],
  ])('refuses %s=%j, naming the variable', (name, value) => {
    const failure = failureOf(() => readServerConfiguration({ [name]: value }));
    expect(failure.code).toBe('CONFIGURATION_INVALID');
    expect(failure.message).toMatch(new RegExp(`^${name}: .+\\.$`));
  });

  const jwt = {
    CHARTERBUS_JWT_ISSUER: 'https://login.example',
    CHARTERBUS_JWT_AUDIENCE: 'charterbus',
    CHARTERBUS_JWT_JWKS_URL: 'https://login.example/keys',
  };

  it('takes whose JSON Web Tokens count', () => {
    const read = { issuer: 'https://login.example', audience: 'charterbus', jwksUrl: 'https://login.example/keys' };
    expect(readServerConfiguration(jwt).jwt).toEqual(read);
    const claims = { CHARTERBUS_JWT_TENANT_CLAIM: 'org', CHARTERBUS_JWT_AGENT_CLAIM: 'client_id' };
    expect(readServerConfiguration({ ...jwt, ...claims }).jwt).toEqual({
      ...read,
      tenantClaim: 'org',
      agentClaim: 'client_id',
    });
    const local = { ...jwt, CHARTERBUS_JWT_JWKS_URL: 'http://127.0.0.1:8080/keys' };
    expect(readServerConfiguration(local).jwt?.jwksUrl).toBe('http://127.0.0.1:8080/keys');
  });

  it.each([
    [{ ...jwt, CHARTERBUS_JWT_ISSUER: '' }, 'CHARTERBUS_JWT_ISSUER'],
    [{ ...jwt, CHARTERBUS_JWT_AUDIENCE: undefined }, 'CHARTERBUS_JWT_AUDIENCE'],
    [{ ...jwt, CHARTERBUS_JWT_JWKS_URL: undefined }, 'CHARTERBUS_JWT_JWKS_URL'],
    [{ CHARTERBUS_JWT_TENANT_CLAIM: 'org' }, 'CHARTERBUS_JWT_ISSUER'],
    [{ ...jwt, CHARTERBUS_JWT_JWKS_URL: 'http://login.example/keys' }, 'CHARTERBUS_JWT_JWKS_URL'],
    [{ ...jwt, CHARTERBUS_JWT_JWKS_URL: 'http://127.0.0.1.example/keys' }, 'CHARTERBUS_JWT_JWKS_URL'],
    [{ ...jwt, CHARTERBUS_JWT_JWKS_URL: 'https://user:word@login.example/keys' }, 'CHARTERBUS_JWT_JWKS_URL'],
    [{ ...jwt, CHARTERBUS_JWT_JWKS_URL: 'file:///keys' }, 'CHARTERBUS_JWT_JWKS_URL'],
    [{ ...jwt, CHARTERBUS_JWT_AGENT_CLAIM: 'a b' }, 'CHARTERBUS_JWT_AGENT_CLAIM'],
  ])('refuses JSON Web Tokens of %j, naming %s', (environment, name) => {
    const failure = failureOf(() => readServerConfiguration(environment));
    expect(failure.code).toBe('CONFIGURATION_INVALID');
    expect(failure.message).toMatch(new RegExp(`^${name}: .+\\.$`));
  });

  const signed = {
    CHARTERBUS_BUNDLE: 'https://bundles.example/shop.tar.gz',
    CHARTERBUS_BUNDLE_NAME: 'shop',
    CHARTERBUS_BUNDLE_KEY: 'release.pub',
    CHARTERBUS_BUNDLE_SCOPE: 'production',
  };

  it('takes bundles with whose signature they need, or says that they need none', () => {
    const primary = signed.CHARTERBUS_BUNDLE;
    const trust = { key: 'release.pub', scope: 'production' };
    const bundles = { primary, fallbacks: [], constitution: 'shop', trust };
    expect(readServerConfiguration(signed)).toEqual({ ...defaults, bundles });
    const more = { CHARTERBUS_BUNDLE_KEY_ID: 'a', CHARTERBUS_BUNDLE_TOKEN: 't', CHARTERBUS_BUNDLE_FALLBACKS: 'b, /c' };
    expect(readServerConfiguration({ ...signed, ...more }).bundles).toEqual({
      ...bundles,
      fallbacks: ['b', '/c'],
      trust: { ...trust, keyId: 'a' },
      token: 't',
    });
    const unsigned = {
      CHARTERBUS_BUNDLE: './shop',
      CHARTERBUS_BUNDLE_NAME: 'shop',
      CHARTERBUS_BUNDLE_UNSIGNED: 'true',
    };
    expect(readServerConfiguration(unsigned).bundles).toMatchObject({ primary: './shop', trust: 'unsigned' });
  });

  it.each([
    [{ CHARTERBUS_BUNDLE_KEY: '' }, 'CHARTERBUS_BUNDLE_KEY'],
    [{ CHARTERBUS_BUNDLE_SCOPE: '' }, 'CHARTERBUS_BUNDLE_SCOPE'],
    [{ CHARTERBUS_BUNDLE_NAME: '' }, 'CHARTERBUS_BUNDLE_NAME'],
    [{ CHARTERBUS_BUNDLE_NAME: '../shop' }, 'CHARTERBUS_BUNDLE_NAME'],
    [{ CHARTERBUS_BUNDLE_FALLBACKS: 'a,,b' }, 'CHARTERBUS_BUNDLE_FALLBACKS'],
    [{ CHARTERBUS_BUNDLE_UNSIGNED: 'true' }, 'CHARTERBUS_BUNDLE_UNSIGNED'],
    [{ CHARTERBUS_BUNDLE_UNSIGNED: 'yes' }, 'CHARTERBUS_BUNDLE_UNSIGNED'],
    [{ CHARTERBUS_BUNDLE_TOKEN: 'two words' }, 'CHARTERBUS_BUNDLE_TOKEN'],
    [{ CHARTERBUS_CONSTITUTION: './charter' }, 'CHARTERBUS_BUNDLE'],
    [{ CHARTERBUS_BUNDLE: '' }, 'CHARTERBUS_BUNDLE_NAME'],
  ])('refuses bundles with %j', (change, variable) => {
    const { code, message } = failureOf(() => readServerConfiguration({ ...signed, ...change }));
    expect(code).toBe('CONFIGURATION_INVALID');
    expect(message).toMatch(new RegExp(`^${variable}: .+\\.$`));
  });

  it('never says a value, which may be a secret', () => {
    const names = fc.constantFrom('CHARTERBUS_PORT', 'CHARTERBUS_OPERATOR_TOKEN', 'CHARTERBUS_DRAIN_MS');
    fc.assert(
      fc.property(names, fc.string({ minLength: 1, maxLength: 12 }), (name, noise) => {
        const value = `secret-${noise}\u0000`;
        const { error, code } = failureOf(() => readServerConfiguration({ [name]: value }));
        expect(code).toBe('CONFIGURATION_INVALID');
        expect(`${JSON.stringify(error)}${String(error)}`).not.toContain('secret');
        expect(error).not.toHaveProperty('cause');
      }),
    );
  });
});
