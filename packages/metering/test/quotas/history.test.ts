import { ManualClock } from '@charterbus/core-models';
import { describe, expect, test } from 'vitest';
import {
  type BudgetSubject,
  createMemoryCounters,
  createMemoryLedger,
  createQuotas,
  ledgerHistory,
  type QuotaHistory,
  type Quotas,
  type UsageRecord,
} from '../../src/index.js';
import { recordOf } from '../support/records.js';
import { manifestOf, request } from '../support/requests.js';

const noon = Date.UTC(2026, 6, 1, 12);
const day = 86_400_000;
const tokens = { kind: 'budget', measure: 'tokens', limit: 100, period: 'day', per: 'agent' };

const made = (history: QuotaHistory, clock = new ManualClock(noon), quotas: object = { tokens }): Quotas =>
  createQuotas({ manifest: manifestOf(quotas), counters: createMemoryCounters({ clock }), history });

describe('what was used of a budget before a restart', () => {
  test('is asked once for each subject and period, and counts', async () => {
    const asked: (readonly [string, number])[] = [];
    const history: QuotaHistory = async ({ subject }, since) => {
      asked.push([subject, since]);
      return 70;
    };
    const clock = new ManualClock(noon);
    const quotas = made(history, clock);
    const decisions = await Promise.all([1, 2, 3, 4].map(async () => quotas.take(request({ tokens: 10 }))));
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    await quotas.take(request({ tokens: 10, agent: 'bob' }));
    clock.advance(day);
    expect(quotas.take(request({ tokens: 100 }))).toMatchObject({ allowed: true });
    expect(asked).toEqual([
      ['acme/alice', noon - day / 2],
      ['acme/bob', noon - day / 2],
    ]);
  });

  test('counts also where it is known at once, and after it, without a promise', () => {
    const quotas = made(() => 95);
    expect(quotas.take(request({ tokens: 6 }))).toMatchObject({ allowed: false });
    expect(quotas.take(request({ tokens: 5 }))).toMatchObject({ allowed: true });
  });

  test('is not asked for what began under the same counters', () => {
    const clock = new ManualClock(noon - day / 2);
    const asked: number[] = [];
    const quotas = made((_, since) => {
      asked.push(since);
      return 0;
    }, clock);
    // In the very millisecond in which the counters begin, another process may have ended.
    expect(quotas.take(request({ tokens: 100 }))).toMatchObject({ allowed: true });
    clock.advance(day);
    expect(quotas.take(request({ tokens: 100 }))).toMatchObject({ allowed: true });
    expect(asked).toEqual([noon - day / 2]);
  });

  test.each<readonly [string, QuotaHistory]>([
    [
      'throws',
      () => {
        throw new Error('The ledger is away.');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('The ledger is away.');
      },
    ],
    ['is no amount', () => Number.NaN],
    ['is no amount in the end', async () => -1],
  ])('lets nothing in where it %s, and is asked again', async (_how, history) => {
    let isWell = false;
    const quotas = made((subject, since) => (isWell ? 0 : history(subject, since)));
    const taken = async () => quotas.take(request({ tokens: 1 }));
    await expect(taken()).rejects.toMatchObject({ code: 'QUOTA_UNAVAILABLE' });
    isWell = true;
    expect(await taken()).toMatchObject({ allowed: true });
  });
});

const recorded = (parts: Partial<UsageRecord>): Omit<UsageRecord, 'index'> =>
  recordOf({ at: noon, inputTokens: 1, outputTokens: 2, bytes: 5, costMicros: 7, ...parts });

const ledgerOf = async (...records: readonly Partial<UsageRecord>[]) => {
  const ledger = createMemoryLedger();
  const counted = records.map((parts, index) => ({ ...recorded(parts), index }));
  await ledger.record({ source: 'log', from: 0, to: counted.length, records: counted });
  return ledger;
};

const subjectOf = (quota: object): BudgetSubject => ({
  name: 'tokens',
  quota: { kind: 'budget', measure: 'tokens', limit: 100, period: 'day', per: 'agent', match: {}, ...quota } as never,
  subject: 'acme/alice',
  tenant: 'acme',
  agent: 'alice',
  type: 'command',
  tool: 'refund',
});

const begin = noon - day / 2;

test.each([
  [{}, 9],
  [{ per: 'tenant' }, 12],
  [{ per: 'agent-type' }, 6],
  [{ per: 'agent-tool' }, 3],
  [{ per: 'tenant-tool', match: { agents: ['bob'] } }, 0],
  [{ match: { types: ['query'], tools: ['refund'] } }, 0],
  [{ per: 'tenant', match: { tenants: ['umbra'] } }, 0],
  [{ measure: 'messages' }, 3],
  [{ measure: 'bytes' }, 15],
  [{ measure: 'cost', period: 'hour' }, 21],
])('a ledger says what was used: %o', async (quota, used) => {
  const ledger = await ledgerOf(
    { tool: 'refund' },
    {},
    { type: 'query' },
    { agent: 'bob' },
    { tenant: 'umbra' },
    { outcome: 'deny' },
    { at: begin - 1 },
  );
  const since = 'period' in quota ? noon : begin;
  expect(await ledgerHistory(ledger)(subjectOf(quota), since)).toBe(used);
});

test('quotas go on through a restart from what the ledger has', async () => {
  const ledger = await ledgerOf({ inputTokens: 60 }, { outcome: 'deny', inputTokens: 1000 });
  const quotas = made(ledgerHistory(ledger));
  expect(await quotas.take(request({ tokens: 39 }))).toMatchObject({ allowed: false });
  expect(await quotas.take(request({ tokens: 38 }))).toMatchObject({ allowed: true });
});
