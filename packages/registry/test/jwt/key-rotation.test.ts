import { ManualClock } from '@charterbus/core-models';
import { expect, onTestFinished, test } from 'vitest';
import { createMemoryRegistry } from '../../src/index.js';
import { createJwtAuthenticator } from '../../src/jwt/index.js';
import { claimsOf, type IssuerKey, makeIssuerKey, startKeyServer, startSeconds, tokenOf } from '../support/issuer.js';
import { codeOf } from '../support/redis.js';

const setUp = async () => {
  const clock = new ManualClock();
  const [old, young] = await Promise.all([makeIssuerKey('old'), makeIssuerKey('young')]);
  const server = await startKeyServer(old);
  const registry = createMemoryRegistry({ clock, timers: clock });
  onTestFinished(() => registry.close());
  await registry.register({ id: 'alice', tenant: 'acme' });
  const authenticator = await createJwtAuthenticator({
    issuer: 'https://issuer.example',
    audience: 'charterbus',
    jwks: server.url,
    clock,
    timers: clock,
  });
  const claims = claimsOf({ exp: startSeconds + 86_400 });
  const authenticate = async (key: IssuerKey, signal?: AbortSignal) =>
    codeOf(authenticator.authenticate(await tokenOf(key, claims), registry, signal));
  return { authenticate, clock, old, server, young };
};

test('keys are fetched once for all who wait, and kept', async () => {
  const { authenticate, old, server } = await setUp();
  const codes = await Promise.all([1, 2, 3, 4].map(() => authenticate(old)));
  expect([...new Set(codes), await authenticate(old), server.asked]).toEqual(['done', 'done', 1]);
});

test('a key that comes later is found; strangers cannot have the keys fetched more often than the cooldown', async () => {
  const { authenticate, clock, old, server, young } = await setUp();
  await authenticate(old);
  server.keys = [old, young];
  for (let count = 0; count < 5; count += 1) expect(await authenticate(young)).toBe('CREDENTIAL_REFUSED');
  expect(server.asked).toBe(1);
  clock.advance(30_000);
  expect([await authenticate(young), await authenticate(old), server.asked]).toEqual(['done', 'done', 2]);
});

test('a key that was withdrawn ends when the keys have grown old', async () => {
  const { authenticate, clock, old, server, young } = await setUp();
  await authenticate(old);
  server.keys = [young];
  clock.advance(599_999);
  expect(await authenticate(old)).toBe('done');
  clock.advance(1);
  expect([await authenticate(old), await authenticate(young)]).toEqual(['CREDENTIAL_REFUSED', 'done']);
});

test.each([
  ['an error', { status: 500, body: '{"keys":[]}' }],
  ['a redirect', { status: 302, body: '' }],
  ['what is no JSON', { status: 200, body: '<html>' }],
  ['what are no keys', { status: 200, body: '{"keys":7}' }],
  ['more than any keys take', { status: 200, body: JSON.stringify({ keys: [], pad: 'x'.repeat(300_000) }) }],
])(
  'where the keys cannot be had for %s, nobody is let in, and it is said to be no fault of the token',
  async (_what, answer) => {
    const { authenticate, clock, old, server } = await setUp();
    server.answer = answer;
    expect([await authenticate(old), await authenticate(old), server.asked]).toEqual([
      'STORE_UNAVAILABLE',
      'STORE_UNAVAILABLE',
      1,
    ]);
    server.answer = undefined;
    clock.advance(1000);
    expect(await authenticate(old)).toBe('done');
  },
);

test('keys that are known count while the server is down, until they have grown old', async () => {
  const { authenticate, clock, old, server, young } = await setUp();
  await authenticate(old);
  server.answer = { status: 503, body: '' };
  clock.advance(60_000);
  expect([await authenticate(old), await authenticate(young)]).toEqual(['done', 'STORE_UNAVAILABLE']);
  clock.advance(600_000);
  expect(await authenticate(old)).toBe('STORE_UNAVAILABLE');
});

test('a server that does not answer is waited for no longer than the deadline, nor than the caller wants', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  const fetch: typeof globalThis.fetch = (_url, { signal } = {}) => {
    asked.resolve();
    const { promise, reject } = Promise.withResolvers<Response>();
    signal?.addEventListener('abort', () => reject(new Error('gone')), { once: true });
    return promise;
  };
  const registry = createMemoryRegistry();
  const jwks = new URL('https://issuer.example/jwks');
  const options = { issuer: 'https://issuer.example', audience: 'charterbus', jwks, clock, timers: clock, fetch };
  const authenticator = await createJwtAuthenticator(options);
  const token = await tokenOf(await makeIssuerKey('k1'));
  const controller = new AbortController();
  const patient = codeOf(authenticator.authenticate(token, registry));
  const hasty = codeOf(authenticator.authenticate(token, registry, controller.signal));
  await asked.promise;
  controller.abort();
  expect(await hasty).toBe('ABORTED');
  clock.advance(5000);
  expect(await patient).toBe('STORE_UNAVAILABLE');
});
