import assert from 'node:assert/strict';
import { count, hour, type LedgerSuite, noon, record, totalsOf } from './suite.js';

const made = (tenant: string, length: number) =>
  Array.from({ length }, (_, index) => record(index, { tenant, agent: `agent-${index}`, tool: 'made_up', bytes: 1 }));

export const telling = (it: LedgerSuite): void => {
  it(
    'counts in one row what is more of a tenant than it tells apart, and takes it from no other tenant',
    async (ledger) => {
      await count(ledger, made('hostile', 40));
      await count(ledger, made('hostile', 40));
      await count(ledger, made('acme', 10));
      const rows = await totalsOf(ledger, { groupBy: ['tenant', 'agent', 'tool'] });
      const hostile = rows.filter(({ tenant }) => tenant === 'hostile');
      assert.equal(hostile.length, 11);
      assert.deepEqual(
        hostile.filter(({ agent }) => agent === '*').map(({ quantity, tool }) => [quantity, tool]),
        [[60, '*']],
      );
      assert.equal(
        hostile.reduce((sum, { bytes }) => sum + bytes, 0),
        80,
      );
      assert.equal(rows.length - hostile.length, 10);
    },
    { rowsPerTenant: 10 },
  );

  it(
    'begins each bucket with all its room, and tells types, tiers and outcomes apart without it',
    async (ledger) => {
      await count(ledger, made('acme', 5));
      await count(ledger, [
        record(5, { agent: 'late', tier: 'enhanced' }),
        record(6, { agent: 'late', outcome: 'deny' }),
        record(7, { agent: 'late', at: noon + hour }),
      ]);
      const rows = await totalsOf(ledger, { bucket: 'hour', groupBy: ['agent', 'tier', 'outcome'] });
      assert.deepEqual(
        rows.map(({ agent, at, outcome, quantity, tier }) => [at - noon, agent, tier, outcome, quantity]),
        [
          [0, '*', 'enhanced', 'allow', 1],
          [0, '*', 'standard', 'allow', 3],
          [0, '*', 'standard', 'deny', 1],
          [0, 'agent-0', 'standard', 'allow', 1],
          [0, 'agent-1', 'standard', 'allow', 1],
          [hour, 'late', 'standard', 'allow', 1],
        ],
      );
    },
    { rowsPerTenant: 2 },
  );
};
