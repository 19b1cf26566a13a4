import assert from 'node:assert/strict';
import type { UsageTotal } from '../../ledger/usage-ledger.js';
import { count, hour, type LedgerSuite, noon, record, totalsOf } from './suite.js';

const various = [
  record(0, { tool: 'refund', type: 'command', bytes: 1 }),
  record(1, { agent: 'bob', type: 'query', tier: 'enhanced', outcome: 'deny', bytes: 2 }),
  record(2, { tenant: 'umbra', type: 'command', operations: { audit_write: 1 }, bytes: 4 }),
  record(3, { at: noon + hour, type: 'command', tool: 'refund', bytes: 8 }),
];

export const querying = (it: LedgerSuite): void => {
  it('tells rows apart by all that it knows of them', async (ledger) => {
    await count(ledger, [various[0] ?? record(0)]);
    const [total] = await ledger.totals({ bucket: 'hour', from: noon, to: noon + hour });
    assert.deepEqual(total, {
      at: noon,
      tenant: 'acme',
      agent: 'alice',
      type: 'command',
      tool: 'refund',
      tier: 'standard',
      outcome: 'allow',
      operation: 'agent_message',
      quantity: 1,
      bytes: 1,
      inputTokens: 0,
      outputTokens: 0,
      costMicros: 0,
    });
  });

  it('answers what is asked of tenant, agent, type, tool and operation', async (ledger) => {
    await count(ledger, various);
    const bytes = async (query: Parameters<typeof totalsOf>[1]) => (await totalsOf(ledger, query))[0]?.bytes;
    assert.equal(await bytes({}), 15);
    assert.equal(await bytes({ tenant: 'acme' }), 11);
    assert.equal(await bytes({ tenant: 'acme', agent: 'bob' }), 2);
    assert.equal(await bytes({ agent: 'alice' }), 13);
    assert.equal(await bytes({ type: 'command' }), 13);
    assert.equal(await bytes({ tool: 'refund' }), 9);
    assert.equal(await bytes({ tenant: 'nobody' }), undefined);
    assert.deepEqual(
      (await totalsOf(ledger, { operation: 'audit_write' })).map((total) => [total.quantity, total.bytes]),
      [[1, 0]],
    );
  });

  it('takes the beginning into the answer and leaves the end out', async (ledger) => {
    await count(ledger, various);
    const starts = async (from: number, to: number) =>
      (await totalsOf(ledger, { bucket: 'hour', from, to })).map(({ at }) => at - noon);
    assert.deepEqual(await starts(noon + 1, noon + hour), [0]);
    assert.deepEqual(await starts(noon + hour, noon + hour), []);
    assert.deepEqual(await starts(noon, noon + hour + 1), [0, hour]);
  });

  it('groups by what is asked, in its order', async (ledger) => {
    await count(ledger, various);
    const totals = await totalsOf(ledger, { groupBy: ['outcome', 'tenant'] });
    assert.deepEqual(
      totals.map(({ bytes, outcome, tenant, ...rest }) => [tenant, outcome, bytes, 'agent' in rest]),
      [
        ['acme', 'allow', 9, false],
        ['acme', 'deny', 2, false],
        ['umbra', 'allow', 4, false],
      ],
    );
  });

  it('answers in pages, which together are the whole', async (ledger) => {
    await count(ledger, various);
    const whole = await ledger.totals({ bucket: 'hour', from: 0, to: noon + 2 * hour });
    const paged: UsageTotal[] = [];
    for (;;) {
      const after = paged.at(-1);
      const query = { bucket: 'hour', from: 0, to: noon + 2 * hour, limit: 2 } as const;
      const page = await ledger.totals(after === undefined ? query : { ...query, after });
      paged.push(...page);
      if (page.length < 2) break;
    }
    assert.equal(whole.length, 5);
    assert.deepEqual(paged, whole);
  });

  it('refuses a query without bounds', async (ledger) => {
    const refused = { code: 'CONFIGURATION_INVALID' };
    await assert.rejects(async () => ledger.totals({ bucket: 'day', from: Number.NaN, to: 1 }), refused);
    await assert.rejects(async () => ledger.totals({ bucket: 'day', from: 0, to: 1, limit: 10_001 }), refused);
    await assert.rejects(async () => ledger.totals({ bucket: 'day', from: 0, to: 1, limit: 0 }), refused);
  });
};
