import assert from 'node:assert/strict';
import { type CountersSuite, hour } from './suite.js';

/** Slow ones, since a server forgets by its own time what has drained by the suite's. */
const tenAnHour = { kind: 'rate', messages: 10, seconds: 3600, burst: 2 } as const;

export const rates = (it: CountersSuite): void => {
  it('lets a burst in and then one message after the other, and says when', async (sender, clock) => {
    sender.enact({ calls: tenAnHour });
    assert.equal(await sender.allowed(2), 2);
    const denied = { allowed: false, reason: 'used_up', quotas: ['calls'], retryAfterMs: 360_000 };
    assert.deepEqual(await sender.take(), denied);
    clock.advance(359_999);
    assert.deepEqual(await sender.take(), { ...denied, retryAfterMs: 1 });
    clock.advance(1);
    assert.equal(await sender.allowed(2), 1);
  });

  it('has never more than a burst together, however long the pause', async (sender, clock) => {
    sender.enact({ calls: tenAnHour });
    clock.advance(100 * hour);
    assert.equal(await sender.allowed(5), 2);
  });

  it('limits each agent by itself, and not what is in no quota', async (sender) => {
    sender.enact({ calls: { ...tenAnHour, match: { types: ['command'] } } });
    assert.equal(await sender.allowed(3), 2);
    assert.equal(await sender.allowed(3, { agent: 'bob' }), 2);
    assert.equal(await sender.allowed(3, { tenant: 'umbra' }), 2);
    assert.equal(await sender.allowed(3, { type: 'query' }), 3);
  });

  it('does not drift: over a thousand turns exactly what is allowed', async (sender, clock) => {
    sender.enact({ calls: { kind: 'rate', messages: 7, seconds: 3601, burst: 1 } });
    let allowed = 0;
    for (let turn = 0; turn < 1000; turn += 1) {
      allowed += await sender.allowed(1);
      clock.advance(257_215);
    }
    // 3601 s / 7 is 514,428.57 ms: two turns and 1.43 ms more are too early, so that each third turn is one that is let in.
    assert.equal(allowed, 500);
  });

  it('neither opens nor shuts for good where the clock goes back', async (sender, clock) => {
    sender.enact({ calls: tenAnHour });
    assert.equal(await sender.allowed(2), 2);
    clock.jump(-30 * hour);
    assert.equal(await sender.allowed(2), 0);
    clock.advance(360_000);
    assert.equal(await sender.allowed(2), 1);
  });

  it('applies a changed limit to what was used', async (sender) => {
    sender.enact({ calls: { ...tenAnHour, burst: 4 } });
    assert.equal(await sender.allowed(3), 3);
    sender.enact({ calls: { kind: 'rate', messages: 3, seconds: 7200, burst: 5 } });
    assert.equal(await sender.allowed(5), 2);
  });

  it('does not give back what a message took that was not accepted', async (sender) => {
    sender.enact({ calls: tenAnHour });
    const first = await sender.take();
    assert.ok(first.allowed);
    first.giveBack();
    assert.equal(await sender.allowed(3), 1);
  });

  it('tells once that a threshold is reached, until it was below it', async (sender, clock) => {
    const quotas = sender.enact({ calls: { ...tenAnHour, burst: 4, warn: 0.5 } });
    const told: unknown[] = [];
    using _watch = quotas.watch((warning) => told.push(warning));
    assert.equal(await sender.allowed(3), 3);
    assert.deepEqual(told, [{ quota: 'calls', subject: 'acme/alice', share: 0.5 }]);
    clock.advance(2 * hour);
    assert.equal(await sender.allowed(2), 2);
    assert.equal(told.length, 2);
  });

  it('says how much is used and when nothing is', async (sender, clock) => {
    const quotas = sender.enact({ calls: tenAnHour });
    await sender.take();
    clock.advance(180_000);
    const usage = { quota: 'calls', kind: 'rate', subject: 'acme/alice', used: 0.5, limit: 2, share: 0.25 };
    const stands = [{ ...usage, resetsAt: clock.now() + 180_000 }];
    assert.deepEqual(await quotas.peek(sender.request()), stands);
    assert.deepEqual(await quotas.usage({ tenant: 'acme' }), stands);
    assert.deepEqual(await quotas.usage({ tenant: 'umbra' }), []);
  });
};
