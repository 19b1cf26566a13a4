import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';
import { ManualClock } from '@charterbus/core-models';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { createMemoryRegistry } from '../../src/index.js';
import { createJwtAuthenticator, type JwtOptions } from '../../src/jwt/index.js';
import { claimsOf, makeIssuerKey, startSeconds, tokenOf } from '../support/issuer.js';

const alice = { tenant: 'acme', agent: 'alice' };

/** A registry with acme/alice, and whoever believes one issuer of one key. */
const setUp = async (options: Partial<JwtOptions> = {}, alg = 'EdDSA') => {
  const clock = new ManualClock();
  const registry = createMemoryRegistry({ clock, timers: clock });
  const { agent } = await registry.register({ id: 'alice', tenant: 'acme' });
  const key = await makeIssuerKey('k1', alg);
  const authenticator = await createJwtAuthenticator({
    issuer: 'https://issuer.example',
    audience: 'charterbus',
    jwks: { keys: [key.jwk] },
    clock,
    timers: clock,
    ...options,
  });
  const authenticate = async (change?: Readonly<Record<string, unknown>>) =>
    authenticator.authenticate(await tokenOf(key, claimsOf(change)), registry);
  return { agent, authenticate, authenticator, clock, key, registry };
};

test.each(['EdDSA', 'ES256', 'RS256'])('a good token says which registered agent is speaking (%s)', async (alg) => {
  const { agent, authenticate, registry } = await setUp({}, alg);
  const authenticated = await authenticate({ jti: 'j1', scope: 'send receive https://no.label/' });
  expect(authenticated).toEqual({
    agent,
    credential: {
      id: 'jwt:j1',
      kind: 'jwt',
      scopes: ['receive', 'send'],
      issuedAt: startSeconds * 1000,
      expiresAt: (startSeconds + 360) * 1000,
    },
  });
  expect(authenticated.agent).toBe(registry.find(alice));
  expect(registry.isInForce(authenticated)).toBe(true);
});

test('scopes may be a list, or not there, which means all; a claim of another type grants nothing', async () => {
  const { authenticate } = await setUp({ claims: { scopes: 'scp' } });
  expect((await authenticate({ scp: ['send', 7] })).credential.scopes).toEqual(['send']);
  expect((await authenticate({ scp: { send: true } })).credential.scopes).toEqual([]);
  expect((await authenticate()).credential.scopes).toBeUndefined();
});

test('claims have the names that the options give them', async () => {
  const { agent, authenticate } = await setUp({ claims: { agent: 'client_id', tenant: 'org' } });
  expect((await authenticate({ sub: 'x', client_id: 'alice', org: 'acme', tenant: 'rival' })).agent).toBe(agent);
});

test('what was let in by a token ends with it, with the agent, and with a quarantine', async () => {
  const { authenticate, clock, registry } = await setUp();
  const authenticated = await authenticate();
  clock.advance(359_999);
  expect(registry.isInForce(authenticated)).toBe(true);
  clock.advance(1);
  expect(registry.isInForce(authenticated)).toBe(false);
  await expect(authenticate()).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });

  const now = Math.floor(clock.now() / 1000);
  const second = await authenticate({ iat: now, exp: now + 300 });
  await registry.quarantine(alice, 'spreads rumours');
  expect(registry.isInForce(second)).toBe(false);
  await expect(authenticate({ iat: now, exp: now + 300 })).rejects.toMatchObject({ code: 'AGENT_QUARANTINED' });
  await registry.reinstate(alice, 'they were true');
  expect(registry.isInForce(second)).toBe(true);
  await registry.unregister(alice);
  await registry.register({ id: 'alice', tenant: 'acme' });
  expect(registry.isInForce(second)).toBe(false);
});

const badClaims: readonly Readonly<Record<string, unknown>>[] = [
  { sub: 'bob' },
  { sub: undefined },
  { sub: ['alice'] },
  { sub: 'acme/alice', tenant: '' },
  { tenant: 'rival' },
  { tenant: undefined },
  { iss: 'https://other.example' },
  { iss: undefined },
  { aud: 'another-bus' },
  { aud: undefined },
  { exp: startSeconds - 61 },
  { exp: undefined },
  { nbf: startSeconds + 61 },
];

test('every token that is not good is refused alike', async () => {
  const { authenticator, key, registry } = await setUp();
  const stranger = await makeIssuerKey('k1');
  const good = await tokenOf(key);
  const [head = '', body = '', signature = ''] = good.split('.');
  const forged = Buffer.from(JSON.stringify(claimsOf({ sub: 'alice', scope: 'all' }))).toString('base64url');
  const symmetric = new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256', kid: 'k1' });
  const tokens: readonly unknown[] = [
    ...(await Promise.all(badClaims.map((change) => tokenOf(key, claimsOf(change))))),
    await tokenOf(stranger),
    await tokenOf(await makeIssuerKey('k2')),
    new UnsecuredJWT(claimsOf()).encode(),
    await symmetric.sign(Buffer.from(key.jwk.x ?? '', 'base64url')),
    `${head}.${forged}.${signature}`,
    `${head}.${body}.`,
    `${good}.`,
    good.repeat(100),
    '',
    'cba_token',
    undefined,
    {},
  ];
  const said = await Promise.all(
    tokens.map((token) =>
      authenticator.authenticate(token as string, registry).then(
        () => 'let in',
        (error: unknown) => `${JSON.stringify(error)} ${inspect(error).split('\n')[0]}`,
      ),
    ),
  );
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toMatch(/CREDENTIAL_REFUSED/);
  await expect(authenticator.authenticate(good, registry)).resolves.toBeDefined();
});

test('clocks may be off by the tolerance, and no more', async () => {
  const { authenticate } = await setUp({ clockToleranceSeconds: 10 });
  await expect(authenticate({ exp: startSeconds - 9 })).resolves.toBeDefined();
  await expect(authenticate({ nbf: startSeconds + 10 })).resolves.toBeDefined();
  await expect(authenticate({ exp: startSeconds - 10 })).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });
  await expect(authenticate({ nbf: startSeconds + 11 })).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });
});

test('a token may be asked to be young', async () => {
  const { authenticate } = await setUp({ maxTokenAgeSeconds: 100, clockToleranceSeconds: 0 });
  await expect(authenticate({ iat: startSeconds - 100 })).resolves.toBeDefined();
  await expect(authenticate({ iat: startSeconds - 101 })).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });
  await expect(authenticate({ iat: undefined })).rejects.toMatchObject({ code: 'CREDENTIAL_REFUSED' });
});

test('a token without an id of its own is told from others by its digest, which does not give it away', async () => {
  const { authenticate } = await setUp();
  const ids = [await authenticate(), await authenticate({ jti: 'a b' }), await authenticate({ exp: startSeconds + 9 })];
  expect(new Set(ids.map(({ credential }) => credential.id)).size).toBe(3);
  for (const { credential } of ids) expect(credential.id).toMatch(/^jwt:[0-9a-f]{64}$/);
});

test('nobody is let in by a registry that is not current', async () => {
  const { authenticator, key, registry } = await setUp();
  const stale = {
    find: registry.find.bind(registry),
    state: registry.state.bind(registry),
    checkCurrent: () => {
      throw new Error('stale');
    },
  };
  await expect(authenticator.authenticate(await tokenOf(key), stale)).rejects.toThrow('stale');
});

const good = { issuer: 'i', audience: 'a', jwks: { keys: [] as JWTPayload[] } };

test.each([
  { issuer: '' },
  { audience: '' },
  { algorithms: [] },
  { algorithms: ['HS256'] },
  { algorithms: ['EdDSA', 'none'] },
  { jwks: new URL('http://issuer.example/jwks') },
  { jwks: {} },
  { timeoutMs: -1 },
  { clockToleranceSeconds: Number.NaN },
])('options that are not safe are refused: %o', async (options) => {
  await expect(createJwtAuthenticator({ ...good, ...options } as JwtOptions)).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
});
