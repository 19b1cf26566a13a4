import assert from 'node:assert/strict';
import type { CountersSuite } from './suite.js';

const two = { kind: 'concurrency', messages: 2 } as const;

export const concurrency = (it: CountersSuite): void => {
  it('lets so many in at a time, and another one when one is finished', async (sender) => {
    const quotas = sender.enact({ open: two });
    const first = sender.request();
    assert.ok((await quotas.take(first)).allowed);
    assert.equal(await sender.allowed(3), 1);
    const denied = await sender.take();
    assert.deepEqual(denied.allowed ? undefined : [denied.quotas, denied.retryAfterMs], [['open'], 1000]);
    await sender.counters.read({ message: '', tenant: 'acme', charges: [] });
    quotas.finished(first);
    quotas.finished(first);
    assert.equal(await sender.allowed(3), 1);
  });

  it('counts a message once, however often it asks', async (sender) => {
    const quotas = sender.enact({ open: two });
    const same = sender.request();
    for (let turn = 0; turn < 3; turn += 1) assert.ok((await quotas.take(same)).allowed);
    assert.equal(await sender.allowed(3), 1);
  });

  it('has a place back that a message took that was not accepted', async (sender) => {
    sender.enact({ open: two });
    const first = await sender.take();
    assert.ok(first.allowed);
    first.giveBack();
    assert.equal(await sender.allowed(3), 2);
  });

  it('gives messages their places again that were accepted before, also beyond the limit', async (sender) => {
    const quotas = sender.enact({ open: two });
    const before = [sender.request(), sender.request(), sender.request()];
    for (const request of [...before, ...before]) await quotas.resume(request);
    assert.equal(await sender.isAllowed(), false);
    const [usage] = await quotas.peek(sender.request());
    assert.deepEqual([usage?.used, usage?.share, usage?.resetsAt], [3, 1.5, undefined]);
    for (const request of before.slice(0, 2)) quotas.finished(request);
    assert.equal(await sender.allowed(2), 1);
  });

  it('applies a changed limit to what is under way', async (sender) => {
    sender.enact({ open: two });
    assert.equal(await sender.allowed(2), 2);
    sender.enact({ open: { ...two, messages: 3 } });
    assert.equal(await sender.allowed(2), 1);
  });

  it('tells once that a threshold is reached, until it was below it', async (sender) => {
    const quotas = sender.enact({ open: { ...two, warn: 1 } });
    const told: string[] = [];
    using _watch = quotas.watch(({ subject }) => told.push(subject));
    const requests = [sender.request(), sender.request()];
    for (const request of requests) await quotas.take(request);
    assert.deepEqual(told, ['acme/alice']);
    for (const request of requests) quotas.finished(request);
    for (const request of requests) await quotas.take(request);
    assert.equal(told.length, 2);
  });
};
