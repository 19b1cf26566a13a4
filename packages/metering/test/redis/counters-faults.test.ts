import { ManualClock, type QuotasManifest } from '@charterbus/core-models';
import { expect, onTestFinished, test } from 'vitest';
import { createQuotas, type Quotas } from '../../src/index.js';
import { openRedisCounters, type RedisCountersOptions } from '../../src/redis/index.js';
import { clockedRedis, needsRedis, ownRedis } from '../support/redis.js';
import { request } from '../support/requests.js';

needsRedis();

const manifest = {
  calls: { kind: 'rate', messages: 2, seconds: 3600 },
  open: { kind: 'concurrency', messages: 2, per: 'tenant' },
} as unknown as QuotasManifest;

const made = (options: RedisCountersOptions, onError?: (task: string, error: unknown) => void): Quotas => {
  const counters = openRedisCounters(options);
  onTestFinished(() => counters.close());
  return createQuotas({ manifest, counters, ...(onError === undefined ? {} : { onError }) });
};

const unavailable = { code: 'QUOTA_UNAVAILABLE', retryAfterMs: 1000 };
const patience = { timeout: 15_000 };

test('a Redis that stands still lets nothing in, and all is well when it goes on', async () => {
  const server = await ownRedis();
  const losses: unknown[] = [];
  const quotas = made({ redis: server.url, answerMs: 200, onConnectionError: (error) => losses.push(error) });
  expect(await quotas.take(request())).toMatchObject({ allowed: true });
  server.pause();
  const begun = performance.now();
  await expect(Promise.resolve(quotas.take(request()))).rejects.toMatchObject(unavailable);
  expect(performance.now() - begun).toBeLessThan(5000);
  server.resume();
  await expect
    .poll(() => Promise.resolve(quotas.take(request({ agent: 'bob' }))), patience)
    .toMatchObject({ allowed: true });
  expect(losses.length).toBeGreaterThan(0);
});

test('a Redis that is away lets nothing in; one that begins anew knows its scripts again', async () => {
  const server = await ownRedis();
  const quotas = made({ redis: server.url });
  expect(await quotas.take(request())).toMatchObject({ allowed: true });
  await server.kill();
  await expect(Promise.resolve(quotas.take(request()))).rejects.toMatchObject(unavailable);
  await server.restart();
  await expect
    .poll(() => Promise.resolve(quotas.take(request())).catch(() => undefined), patience)
    .toMatchObject({
      allowed: true,
    });
});

test('what Redis refuses is not let in', async () => {
  const server = await ownRedis();
  await server.configure('maxmemory', '1');
  const quotas = made({ redis: server.url });
  await expect(Promise.resolve(quotas.take(request()))).rejects.toMatchObject(unavailable);
  await server.configure('maxmemory', '0');
  expect(await quotas.take(request())).toMatchObject({ allowed: true });
});

test('several processes count together', async () => {
  const server = await ownRedis();
  const [one, other] = [made({ redis: server.url }), made({ redis: server.url })];
  const decisions = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => (n % 2 === 0 ? one : other).take(request({ message: `m${n}` }))),
  );
  expect(decisions.filter(({ allowed }) => allowed).length).toBe(2);
});

test('a process that was killed gives its places back, and what is resumed keeps them', async () => {
  const server = await ownRedis();
  const clock = new ManualClock();
  const quotas = made({ redis: clockedRedis(server.url, clock), placeMs: 60_000 });
  await quotas.take(request({ message: 'killed' }));
  await quotas.take(request({ message: 'slow', agent: 'bob' }));
  expect(await quotas.take(request({ agent: 'carol' }))).toMatchObject({ allowed: false, quotas: ['open'] });
  clock.advance(59_999);
  await quotas.resume(request({ message: 'slow', agent: 'bob' }));
  clock.advance(1);
  expect(await quotas.take(request({ message: 'next', agent: 'carol' }))).toMatchObject({ allowed: true });
  expect(await quotas.take(request({ message: 'last', agent: 'carol' }))).toMatchObject({ allowed: false });
});

test('counters are forgotten by themselves', async () => {
  const server = await ownRedis();
  const quotas = createQuotas({
    manifest: {
      ...manifest,
      quick: { kind: 'rate', messages: 1000, seconds: 1 },
      tokens: { kind: 'budget', measure: 'tokens', limit: 10, period: 'month' },
    } as unknown as QuotasManifest,
    counters: openRedisCounters({ redis: server.url, prefix: 'short' }),
  });
  await quotas.take(request({ tokens: 1 }));
  const { Redis } = await import('ioredis');
  const operator = new Redis(server.url);
  onTestFinished(() => operator.disconnect());
  const keys = await operator.keys('*');
  expect(keys.every((key) => key.startsWith('{short:quotas}:acme:'))).toBe(true);
  const ends = await Promise.all(keys.map((key) => operator.pttl(key)));
  expect(ends.every((ms) => ms !== -1)).toBe(true);
});

test('what fails when nobody waits is told', async () => {
  const server = await ownRedis();
  const failures: string[] = [];
  const quotas = made({ redis: server.url }, (task) => failures.push(task));
  const decision = await quotas.take(request());
  await server.kill();
  if (decision.allowed) decision.giveBack();
  quotas.finished(request());
  await expect.poll(() => failures, patience).toEqual(['give back', 'finish']);
});

test('counters that are closed let nothing in', async () => {
  const server = await ownRedis();
  await using counters = openRedisCounters({ redis: server.url });
  const quotas = createQuotas({ manifest, counters });
  await quotas.take(request());
  await counters.close();
  await expect(Promise.resolve(quotas.take(request()))).rejects.toMatchObject(unavailable);
});

test.each([{ prefix: 'a b' }, { answerMs: 0 }, { placeMs: 0.5 }])(
  'options out of bounds are refused: %o',
  (options) => {
    expect(() => openRedisCounters({ redis: 'redis://127.0.0.1:1', ...options })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
    );
  },
);
