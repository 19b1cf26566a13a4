import { ManualClock, type QuotasManifest } from '@charterbus/core-models';
import { describe, expect, it, test } from 'vitest';
import { createMemoryCounters, createQuotas } from '../../src/index.js';
import { countersConformance } from '../../src/testing/index.js';
import { disagreement } from '../support/quota-model.js';
import { request } from '../support/requests.js';

countersConformance({ describe, it }, async (clock) => createMemoryCounters({ clock }));

test('they decide as the plain model does', async () => {
  expect(
    await disagreement(async (clock) => createMemoryCounters({ clock }), { seed: 5, numRuns: 400 }),
  ).toBeUndefined();
});

const manifest = {
  calls: { kind: 'rate', messages: 1, seconds: 10 },
  tokens: { kind: 'budget', measure: 'tokens', limit: 10, period: 'day', per: 'tenant' },
} as unknown as QuotasManifest;

test('a flood of subjects sets back nobody: while all are in use, there is no room for more', async () => {
  const clock = new ManualClock();
  const quotas = createQuotas({
    manifest,
    counters: createMemoryCounters({ clock, subjects: 10, subjectsPerTenant: 10 }),
  });
  expect(await quotas.take(request())).toMatchObject({ allowed: true });
  const flood = Array.from({ length: 1000 }, (_, n) => quotas.take(request({ agent: `made-up-${n}` })));
  const denials = flood.filter((decision) => 'allowed' in decision && !decision.allowed);
  expect(denials.length).toBe(991);
  expect(denials[0]).toEqual({ allowed: false, reason: 'too_many_subjects', quotas: ['calls'], retryAfterMs: 1000 });
  expect(await quotas.take(request())).toMatchObject({ allowed: false, reason: 'used_up' });
  clock.advance(10_000);
  expect(await quotas.take(request({ agent: 'late' }))).toMatchObject({ allowed: true });
});

test('a tenant has no more than its share of the room', async () => {
  const quotas = createQuotas({ manifest, counters: createMemoryCounters({ clock: new ManualClock(), subjects: 10 }) });
  for (let n = 0; n < 100; n += 1) await quotas.take(request({ tenant: 'hostile', agent: `made-up-${n}` }));
  for (let n = 0; n < 5; n += 1) {
    expect(await quotas.take(request({ agent: `agent-${n}` }))).toMatchObject({ allowed: true });
  }
});

test('what one message is counted by is not forgotten for another of its own quotas', async () => {
  const counters = createMemoryCounters({ clock: new ManualClock(), subjects: 1 });
  const quotas = createQuotas({ manifest, counters });
  expect(await quotas.take(request({ tokens: 5 }))).toMatchObject({ allowed: false, reason: 'too_many_subjects' });
  expect(await quotas.take(request())).toMatchObject({ allowed: true });
});

test('messages that were accepted before have their places, or it is said that there is no room', async () => {
  const open = { open: { kind: 'concurrency', messages: 1 } } as unknown as QuotasManifest;
  const quotas = createQuotas({ manifest: open, counters: createMemoryCounters({ subjects: 1 }) });
  await quotas.resume(request());
  expect(() => quotas.resume(request({ agent: 'bob' }))).toThrow('There is no room');
});

test.each([{ subjects: 0 }, { subjectsPerTenant: 1.5 }])('options out of bounds are refused: %o', (options) => {
  expect(() => createMemoryCounters(options)).toThrow('must be a whole number above 0');
});
