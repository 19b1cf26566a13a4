import { ManualClock, type QuotasManifest } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import {
  createMemoryCounters,
  createQuotas,
  type QuotaDecision,
  type QuotaRequest,
  type Quotas,
} from '../../src/index.js';

const request = (parts: Partial<QuotaRequest> = {}): QuotaRequest => ({
  message: 'm1',
  tenant: 'acme',
  agent: 'alice',
  type: 'command',
  bytes: 100,
  tokens: 0,
  costMicros: 0,
  ...parts,
});

const made = (manifest: object, clock = new ManualClock()): Quotas =>
  createQuotas({ manifest: manifest as QuotasManifest, counters: createMemoryCounters({ clock }) });

const now = (decision: QuotaDecision | Promise<QuotaDecision>): QuotaDecision => {
  if (decision instanceof Promise) throw new Error('It was not decided at once.');
  return decision;
};

test('a rate lets a burst in, then one message after the other, and says when', () => {
  const clock = new ManualClock();
  const quotas = made({ calls: { kind: 'rate', messages: 10, seconds: 1, burst: 2 } }, clock);
  expect(now(quotas.take(request())).allowed).toBe(true);
  expect(now(quotas.take(request())).allowed).toBe(true);
  expect(now(quotas.take(request()))).toEqual({
    allowed: false,
    reason: 'used_up',
    quotas: ['calls'],
    retryAfterMs: 100,
  });
  clock.advance(99);
  expect(now(quotas.take(request()))).toMatchObject({ allowed: false, retryAfterMs: 1 });
  clock.advance(1);
  expect(now(quotas.take(request())).allowed).toBe(true);
});
