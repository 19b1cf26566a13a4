import assert from 'node:assert/strict';
import { type CountersSuite, day, hour } from './suite.js';

const tokens = { kind: 'budget', measure: 'tokens', limit: 100, period: 'day' } as const;

export const budgets = (it: CountersSuite): void => {
  it('stops whoever would exceed it before, and says when the period ends', async (sender, clock) => {
    sender.enact({ tokens });
    assert.equal(await sender.isAllowed({ tokens: 60 }), true);
    const denied = { allowed: false, reason: 'used_up', quotas: ['tokens'], retryAfterMs: 12 * hour };
    assert.deepEqual(await sender.take({ tokens: 41 }), denied);
    assert.equal(await sender.isAllowed({ tokens: 40 }), true);
    assert.equal(await sender.isAllowed({ tokens: 1 }), false);
    assert.equal(await sender.isAllowed({ tokens: 0 }), true);
    clock.advance(12 * hour - 1);
    assert.equal(await sender.isAllowed({ tokens: 1 }), false);
    clock.advance(1);
    assert.equal(await sender.isAllowed({ tokens: 100 }), true);
  });

  it('says of what is larger than the whole that it will never fit', async (sender) => {
    sender.enact({ tokens });
    const denied = { allowed: false, reason: 'used_up', quotas: ['tokens'], retryAfterMs: undefined };
    assert.deepEqual(await sender.take({ tokens: 101 }), denied);
    assert.equal(await sender.isAllowed({ tokens: 100 }), true);
  });

  it('lets nothing in that is no amount', async (sender) => {
    sender.enact({ tokens });
    assert.equal(await sender.isAllowed({ tokens: Number.NaN }), false);
  });

  it('counts messages, bytes and cost in millionths', async (sender) => {
    sender.enact({
      messages: { kind: 'budget', limit: 3, period: 'hour' },
      bytes: { kind: 'budget', measure: 'bytes', limit: 1000, period: 'week' },
      cost: { kind: 'budget', measure: 'cost', limit: 0.3, period: 'month' },
    });
    assert.equal(await sender.isAllowed({ bytes: 600, costMicros: 100_000 }), true);
    assert.deepEqual((await sender.take({ bytes: 401, costMicros: 200_001 })).allowed, false);
    assert.equal(await sender.isAllowed({ bytes: 400, costMicros: 200_000 }), true);
    assert.equal(await sender.allowed(2), 1);
  });

  it('begins periods by the calendar', async (sender, clock) => {
    for (const [period, wait] of [
      ['minute', 60_000],
      ['hour', hour],
      ['day', 12 * hour],
      ['week', 4 * day + 12 * hour],
      ['month', 30 * day + 12 * hour],
    ] as const) {
      sender.enact({ [period]: { kind: 'budget', limit: 1, period } });
      assert.equal(await sender.isAllowed(), true);
      const denied = await sender.take();
      assert.equal(denied.allowed ? 0 : denied.retryAfterMs, wait, period);
    }
    clock.advance(200 * day);
    assert.equal(await sender.allowed(2), 1);
  });

  it('ends each month when it ends', async (sender, clock) => {
    sender.enact({ month: { kind: 'budget', limit: 1, period: 'month' } });
    for (const date of [
      '2027-01-31',
      '2027-02-28',
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
      '2028-12-31',
      '2100-02-28',
    ]) {
      for (const time of ['00:00:00.000', '23:59:59.999']) {
        clock.jump(Date.parse(`${date}T${time}Z`) - clock.now());
        const agent = `${date}-${time}`.replaceAll(/[:.]/g, '-');
        assert.equal(await sender.isAllowed({ agent }), true);
        const denied = await sender.take({ agent });
        const ends = new Date(clock.now());
        ends.setUTCMonth(ends.getUTCMonth() + 1, 1);
        ends.setUTCHours(0, 0, 0, 0);
        assert.equal(denied.allowed ? 0 : denied.retryAfterMs, ends.getTime() - clock.now(), agent);
      }
    }
  });

  it('neither opens nor shuts for good where the clock goes back or far ahead', async (sender, clock) => {
    sender.enact({ messages: { kind: 'budget', limit: 2, period: 'day' } });
    assert.equal(await sender.allowed(3), 2);
    clock.jump(-13 * hour);
    assert.equal(await sender.allowed(3), 2);
    clock.jump(13 * hour);
    assert.equal(await sender.allowed(3), 0);
    clock.jump(365 * day);
    assert.equal(await sender.allowed(3), 2);
    clock.jump(-365 * day);
    assert.equal(await sender.allowed(3), 0);
    clock.advance(day);
    assert.equal(await sender.allowed(3), 2);
  });

  it('has back what a message took that was not accepted, once', async (sender) => {
    sender.enact({ messages: { kind: 'budget', limit: 2, period: 'day' } });
    const first = await sender.take();
    assert.ok(first.allowed);
    first.giveBack();
    first.giveBack();
    assert.equal(await sender.allowed(4), 2);
  });

  it('applies a changed limit to what was used', async (sender) => {
    sender.enact({ tokens });
    assert.equal(await sender.isAllowed({ tokens: 80 }), true);
    sender.enact({ tokens: { ...tokens, limit: 50 } });
    assert.equal(await sender.isAllowed({ tokens: 1 }), false);
    sender.enact({ tokens: { ...tokens, limit: 90 } });
    assert.equal(await sender.isAllowed({ tokens: 10 }), true);
  });

  it('tells once in each period that a threshold is reached', async (sender, clock) => {
    const quotas = sender.enact({ tokens: { ...tokens, warn: 0.8 } });
    const told: number[] = [];
    using _watch = quotas.watch(({ share }) => told.push(share));
    await sender.take({ tokens: 79 });
    const reached = await sender.take({ tokens: 6 });
    const after = await sender.take({ tokens: 5 });
    assert.deepEqual(told, [0.85]);
    assert.deepEqual(reached.allowed && reached.warnings.map(({ share }) => share), [0.85]);
    assert.deepEqual(after.allowed && after.warnings.map(({ share }) => share), [0.9]);
    if (after.allowed) after.giveBack();
    clock.advance(day);
    await sender.take({ tokens: 90 });
    assert.deepEqual(told, [0.85, 0.9]);
  });

  it('says how much is used and when it begins anew', async (sender, clock) => {
    const quotas = sender.enact({ cost: { kind: 'budget', measure: 'cost', limit: 2, period: 'day', per: 'tenant' } });
    await sender.take({ costMicros: 500_000 });
    await sender.take({ agent: 'bob', costMicros: 1_000_000 });
    const usage = { quota: 'cost', kind: 'budget', subject: 'acme', used: 1.5, limit: 2, share: 0.75 };
    assert.deepEqual(await quotas.usage({ tenant: 'acme' }), [{ ...usage, resetsAt: clock.now() + 12 * hour }]);
  });
};
