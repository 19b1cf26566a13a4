import assert from 'node:assert/strict';
import { count, hour, type LedgerSuite, minute, noon, record, totalsOf } from './suite.js';

const nothing = { bytes: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 };

export const counting = (it: LedgerSuite): void => {
  it('has counted nothing of a source that it does not know', async (ledger) => {
    assert.equal(await ledger.cursor('log'), 0);
    assert.deepEqual(await totalsOf(ledger), []);
  });

  it('counts records and moves the cursor', async (ledger) => {
    assert.equal(await ledger.record({ source: 'log', from: 0, to: 7, records: [record(2), record(5)] }), true);
    assert.equal(await ledger.cursor('log'), 7);
    assert.equal(await ledger.cursor('other'), 0);
    assert.equal((await totalsOf(ledger))[0]?.quantity, 2);
  });

  it('counts nothing where the cursor is another one', async (ledger) => {
    assert.equal(await ledger.record({ source: 'log', from: 3, to: 4, records: [record(3)] }), false);
    assert.equal(await ledger.cursor('log'), 0);
    await count(ledger, [record(0)]);
    assert.equal(await ledger.record({ source: 'log', from: 0, to: 1, records: [record(0)] }), false);
    assert.equal(await ledger.cursor('log'), 1);
    assert.equal((await totalsOf(ledger))[0]?.quantity, 1);
  });

  it('counts one of several who come with the same records', async (ledger) => {
    const entry = { source: 'log', from: 0, to: 1, records: [record(0)] };
    const counted = await Promise.all(Array.from({ length: 5 }, async () => ledger.record(entry)));
    assert.equal(counted.filter(Boolean).length, 1);
    assert.equal((await totalsOf(ledger))[0]?.quantity, 1);
  });

  it('moves the cursor also where there is nothing to count', async (ledger) => {
    assert.equal(await ledger.record({ source: 'log', from: 0, to: 9, records: [] }), true);
    assert.equal(await ledger.cursor('log'), 9);
  });

  it('sums by minute, hour and day', async (ledger) => {
    await count(ledger, [
      record(0, { at: noon + 1 }),
      record(1, { at: noon + minute }),
      record(2, { at: noon + hour }),
    ]);
    const quantities = async (bucket: 'minute' | 'hour' | 'day') =>
      (await totalsOf(ledger, { bucket })).map(({ at, quantity }) => [at - noon, quantity]);
    const expected = [
      [0, 1],
      [minute, 1],
      [hour, 1],
    ];
    assert.deepEqual(await quantities('minute'), expected);
    assert.deepEqual(await quantities('hour'), [
      [0, 2],
      [hour, 1],
    ]);
    assert.deepEqual(await quantities('day'), [[-12 * hour, 3]]);
  });

  it('counts what messages measure with their own operation alone', async (ledger) => {
    const operations = { agent_message: 1, policy_evaluation: 2, audit_write: 1 };
    await count(ledger, [record(0, { operations, bytes: 10, inputTokens: 3, outputTokens: 4, costMicros: 5 })]);
    const measures = { bytes: 10, inputTokens: 3, outputTokens: 4, costMicros: 5 };
    const at = noon - 12 * hour;
    assert.deepEqual(await totalsOf(ledger, { groupBy: ['operation'] }), [
      { at, operation: 'agent_message', quantity: 1, ...measures },
      { at, operation: 'audit_write', quantity: 1, ...nothing },
      { at, operation: 'policy_evaluation', quantity: 2, ...nothing },
    ]);
    assert.deepEqual(await totalsOf(ledger), [{ at, quantity: 4, ...measures }]);
  });

  it('stays at the largest sum that is exact', async (ledger) => {
    const costMicros = Number.MAX_SAFE_INTEGER - 1;
    await count(ledger, [record(0, { costMicros })]);
    await count(ledger, [record(1, { costMicros }), record(2, { agent: 'bob', costMicros })]);
    const totals = await totalsOf(ledger);
    assert.equal(totals[0]?.costMicros, Number.MAX_SAFE_INTEGER);
    assert.equal(totals[0]?.quantity, 3);
  });

  it('counts what is no whole number rounded up, and no number not at all', async (ledger) => {
    await count(ledger, [record(0, { bytes: 1.2, inputTokens: Number.NaN, costMicros: -4 })]);
    const [total] = await totalsOf(ledger);
    assert.deepEqual([total?.bytes, total?.inputTokens, total?.costMicros], [2, 0, 0]);
  });
};
