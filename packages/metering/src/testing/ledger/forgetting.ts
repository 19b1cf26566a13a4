import assert from 'node:assert/strict';
import { count, day, hour, type LedgerSuite, minute, noon, record, totalsOf } from './suite.js';

const buckets = ['minute', 'hour', 'day'] as const;

export const forgetting = (it: LedgerSuite): void => {
  it('forgets minutes before hours and hours before days, and no cursor', async (ledger) => {
    await count(ledger, [record(0)]);
    const kept = async () =>
      Promise.all(buckets.map(async (bucket) => (await totalsOf(ledger, { bucket })).length === 1));
    assert.equal(await ledger.prune(noon + 48 * hour), 0);
    assert.deepEqual(await kept(), [true, true, true]);
    assert.equal(await ledger.prune(noon + 48 * hour + minute), 1);
    assert.deepEqual(await kept(), [false, true, true]);
    assert.equal(await ledger.prune(noon + 90 * day + hour), 1);
    assert.deepEqual(await kept(), [false, false, true]);
    assert.equal(await ledger.prune(noon + 801 * day), 1);
    assert.deepEqual(await kept(), [false, false, false]);
    assert.equal(await ledger.cursor('log'), 1);
  });

  it(
    'keeps buckets as long as it is told to',
    async (ledger) => {
      await count(ledger, [record(0), record(1, { at: noon + 2 * minute })]);
      assert.equal(await ledger.prune(noon + 3 * minute), 1);
      const left = await totalsOf(ledger, { bucket: 'minute' });
      assert.deepEqual(
        left.map(({ at }) => at),
        [noon + 2 * minute],
      );
    },
    { retention: { minuteMs: minute } },
  );
};
