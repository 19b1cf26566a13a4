import { openMemoryStore } from '@charterbus/store';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createMemoryLedger, type UsageLedger, type UsageRecord, usageBuckets } from '../../src/index.js';
import { meteringNamespace, openSqliteLedger } from '../../src/sqlite/index.js';
import { anyRecord, plainSum, sumOf } from '../support/records.js';

/** Reopens over what is kept: a restart. In memory nothing is kept, so that there is none. */
type Reopen = () => UsageLedger;

const ledgers: Readonly<Record<string, (rowsPerTenant: number) => Promise<Reopen>>> = {
  memory: async (rowsPerTenant) => {
    const ledger = createMemoryLedger({ rowsPerTenant });
    return () => ledger;
  },
  SQLite: async (rowsPerTenant) => {
    const store = await openMemoryStore({ namespaces: [meteringNamespace] });
    onTestFinished(() => store.close());
    return () => openSqliteLedger({ store, rowsPerTenant });
  },
};

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('count' as const), records: fc.array(anyRecord, { maxLength: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stale' as const), behind: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

const whole = { from: 0, to: Date.UTC(2027, 0, 1), limit: 10_000 };

/** Runs the steps; what is counted by the rules, in their order. */
const run = async (
  reopen: Reopen,
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
): Promise<{ readonly ledger: UsageLedger; readonly log: readonly UsageRecord[] }> => {
  const log: UsageRecord[] = [];
  let ledger = reopen();
  for (const one of steps) {
    const source = 'log';
    if (one.kind === 'restart') ledger = reopen();
    if (one.kind === 'count') {
      const records = one.records.map((record, place) => ({ ...record, index: log.length + place }));
      const entry = { source, from: log.length, to: log.length + records.length, records };
      expect(await ledger.record(entry)).toBe(true);
      log.push(...records);
    }
    if (one.kind === 'stale' && log.length > 0) {
      const from = Math.max(0, log.length - one.behind);
      expect(await ledger.record({ source, from, to: log.length, records: log.slice(from) })).toBe(false);
    }
    expect(await ledger.cursor(source)).toBe(log.length);
  }
  return { ledger, log };
};

describe.each(Object.entries(ledgers))('%s', (_name, open) => {
  test('totals of each kind of bucket are the plain sum of what was counted, whatever comes twice or starts anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.constantFrom(2, 1000), async (steps, rowsPerTenant) => {
        const { ledger, log } = await run(await open(rowsPerTenant), steps);
        for (const bucket of usageBuckets) {
          expect(sumOf(await ledger.totals({ ...whole, bucket }))).toEqual(plainSum(log));
        }
        for (const tenant of ['acme', 'umbra']) {
          const totals = await ledger.totals({ ...whole, bucket: 'day', tenant, groupBy: ['operation'] });
          expect(sumOf(totals)).toEqual(plainSum(log.filter((record) => record.tenant === tenant)));
        }
      }),
      { seed: 11, numRuns: 60 },
    );
  });
});
