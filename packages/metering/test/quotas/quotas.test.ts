import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import {
  createMemoryCounters,
  createQuotas,
  type QuotaCounters,
  type QuotaDecision,
  type Quotas,
} from '../../src/index.js';
import { manifestOf, request } from '../support/requests.js';

const made = (manifest: object, clock = new ManualClock()): Quotas =>
  createQuotas({ manifest: manifestOf(manifest), counters: createMemoryCounters({ clock }) });

const isAllowed = async (decision: QuotaDecision | Promise<QuotaDecision>): Promise<boolean> =>
  (await decision).allowed;

test('in memory it is decided at once', () => {
  const quotas = made({ calls: { kind: 'rate', messages: 1 }, tokens: { kind: 'budget', limit: 1, period: 'day' } });
  expect(quotas.take(request())).not.toBeInstanceOf(Promise);
  expect(made({}).take(request())).toEqual({
    allowed: true,
    warnings: [],
    giveBack: expect.any(Function) as () => void,
  });
});

test('a quota is about whatever all its conditions fit', async () => {
  const quotas = made({
    refunds: {
      kind: 'budget',
      limit: 1,
      period: 'day',
      per: 'tenant',
      match: { tenants: ['acme'], agents: ['alice', 'bob'], types: ['command'], tools: ['refund'] },
    },
  });
  const about = { tool: 'refund' };
  expect(await isAllowed(quotas.take(request(about)))).toBe(true);
  for (const parts of [{ tenant: 'umbra' }, { agent: 'carol' }, { type: 'query' as const }, { tool: 'other' }]) {
    expect(await isAllowed(quotas.take(request({ ...about, ...parts })))).toBe(true);
  }
  expect(await isAllowed(quotas.take(request()))).toBe(true);
  expect(await isAllowed(quotas.take(request({ ...about, agent: 'bob' })))).toBe(false);
});

const malformed: readonly (readonly [string, object])[] = [
  ['no object', { calls: 7 }],
  ['no kind', { calls: { messages: 1 } }],
  ['another kind', { calls: { kind: 'unlimited' } }],
  ['a limit of nothing', { calls: { kind: 'rate', messages: 0 } }],
  ['a limit that is no number', { calls: { kind: 'rate', messages: Number.NaN } }],
  ['a limit without an end', { calls: { kind: 'budget', limit: Number.POSITIVE_INFINITY, period: 'day' } }],
  ['a limit as text', { calls: { kind: 'concurrency', messages: '5' } }],
  ['an unknown field', { calls: { kind: 'rate', messages: 1, mesages: 2 } }],
  ['a name that is none', { 'Not a name': { kind: 'rate', messages: 1 } }],
  ['half a token', { calls: { kind: 'budget', measure: 'tokens', limit: 0.5, period: 'day' } }],
  ['less than a millionth', { calls: { kind: 'budget', measure: 'cost', limit: 0.000_000_1, period: 'day' } }],
  ['more than can be counted', { calls: { kind: 'budget', measure: 'cost', limit: 1e11, period: 'day' } }],
  ['finer than a microsecond', { calls: { kind: 'rate', messages: 1, seconds: 0.000_000_15 } }],
  ['too fine for its length', { calls: { kind: 'rate', messages: 999_999_937, seconds: 86_399 } }],
  ['an empty list', { calls: { kind: 'rate', messages: 1, match: { tools: [] } } }],
];

test.each(malformed)('a malformed limit is an error and never no limit: %s', (_what, manifest) => {
  expect(() => made(manifest)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error);
  expect(() => made(manifest)).toThrow(/calls|Not a name/);
});

test.each([
  { messages: 1_000_003, seconds: 86_400 },
  { messages: 123_457, seconds: 86_400, burst: 1 },
  { messages: 1, seconds: 0.001 },
  { messages: 3, seconds: 1.1 },
])('a rate in odd numbers is held to: %o', async (rate) => {
  const clock = new ManualClock();
  const quotas = made({ calls: { kind: 'rate', ...rate, burst: 1 } }, clock);
  expect(await isAllowed(quotas.take(request()))).toBe(true);
  const denied = await quotas.take(request());
  const exact = (rate.seconds * 1000) / rate.messages;
  const wait = denied.allowed ? 0 : (denied.retryAfterMs ?? 0);
  expect(wait).toBeGreaterThanOrEqual(exact);
  expect(wait).toBeLessThan(exact + 1.001);
  clock.advance(wait);
  expect(await isAllowed(quotas.take(request()))).toBe(true);
});

test('listeners are told until they are disposed of, and what one throws is its own', async () => {
  const failures: string[] = [];
  const quotas = createQuotas({
    manifest: manifestOf({ calls: { kind: 'budget', limit: 1, period: 'day', warn: 1 } }),
    counters: createMemoryCounters(),
    onError: (task) => failures.push(task),
  });
  const told: string[] = [];
  const first = quotas.watch(() => {
    throw new Error('It is mine.');
  });
  using _second = quotas.watch(({ subject }) => told.push(subject));
  await quotas.take(request());
  first[Symbol.dispose]();
  await quotas.take(request({ agent: 'bob' }));
  expect(told).toEqual(['acme/alice', 'acme/bob']);
  expect(failures).toEqual(['warn']);
});

test('an answer that is none lets nothing in', async () => {
  const counters: QuotaCounters = Object.assign(createMemoryCounters(), { take: async () => [] });
  const quotas = createQuotas({ manifest: manifestOf({ calls: { kind: 'rate', messages: 1 } }), counters });
  expect(await quotas.take(request())).toEqual({
    allowed: false,
    reason: 'used_up',
    quotas: ['calls'],
    retryAfterMs: 0,
  });
});
