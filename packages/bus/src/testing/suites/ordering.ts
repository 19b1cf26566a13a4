import assert from 'node:assert/strict';
import { type BrokerBench, idsOf, proofOf } from '../bench.js';
import { verdictFor } from '../sample-admission.js';
import type { Suite } from './suite.js';

const orderingKey = 'order-7';

const ordered = async (bench: BrokerBench, options: Parameters<BrokerBench['append']>[0] = {}): Promise<string> =>
  (await bench.append({ orderingKey, ...options })).envelope.message.id;

const oneAtATime = ({ it }: Suite): void => {
  it('gives one at a time, the next when the first has ended', async (bench) => {
    const sent = [await ordered(bench), await ordered(bench), await ordered(bench)];
    for (const outcome of [{ kind: 'ack' }, { kind: 'reject', reason: 'hopeless' }, { kind: 'ack' }] as const) {
      const leases = await bench.claim();
      assert.deepEqual(idsOf(leases), sent.splice(0, 1));
      for (const lease of leases) await bench.broker.settle(proofOf(lease), outcome);
    }
  });
  it('keeps the order when the first is tried again, and holds up nobody else', async (bench) => {
    const [first, second] = [await ordered(bench), await ordered(bench)];
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'nack', reason: 'later', delayMs: 5000 });
    const other = await ordered(bench, { orderingKey: 'order-8' });
    const free = (await bench.append()).envelope.message.id;
    assert.deepEqual(idsOf(await bench.claim()), [other, free]);
    await bench.advance(5000);
    const again = await bench.claimOne();
    assert.equal(again.entry.message, first);
    await bench.broker.settle(proofOf(again), { kind: 'ack' });
    assert.deepEqual(idsOf(await bench.claim()), [second]);
  });
  it('goes on when the first expires, is abandoned by its holder, or becomes a dead letter', async (bench) => {
    await ordered(bench, { expiresAt: bench.clock.now() + 1000 });
    await ordered(bench);
    const last = await ordered(bench);
    await bench.advance(1000);
    const lost = await bench.claimOne({ leaseMs: 1000 });
    await bench.advance(1000);
    const again = await bench.claimOne();
    assert.equal(again.entry.message, lost.entry.message);
    await bench.broker.settle(proofOf(again), { kind: 'reject', reason: 'hopeless' });
    assert.deepEqual(idsOf(await bench.claim()), [last]);
  });
};

const places = ({ it }: Suite): void => {
  it('lets a key compete by the priority of its first', async (bench) => {
    const low = await ordered(bench, { priority: 'low' });
    await ordered(bench, { priority: 'critical' });
    const normal = (await bench.append()).envelope.message.id;
    assert.deepEqual(idsOf(await bench.claim()), [normal, low]);
  });
  it('gives what was held its place at the release', async (bench) => {
    const until = bench.clock.now() + 60_000;
    const held = await bench.append({ orderingKey, holdUntil: until });
    const sent = await ordered(bench);
    const verdict = verdictFor(held.envelope, 'allow');
    const decision = { kind: 'release', reason: 'ok', verdict, approvals: [] } as const;
    await bench.broker.decide(`${held.envelope.message.id}.0`, decision);
    const first = await bench.claimOne();
    assert.equal(first.entry.message, sent);
    await bench.broker.settle(proofOf(first), { kind: 'ack' });
    assert.deepEqual(idsOf(await bench.claim()), [held.envelope.message.id]);
  });
  it('gives a redriven dead letter the last place', async (bench) => {
    await ordered(bench);
    const dead = await bench.claimOne();
    await bench.broker.settle(proofOf(dead), { kind: 'reject', reason: 'hopeless' });
    const sent = await ordered(bench);
    await bench.broker.redrive(dead.deliveryId, 'again');
    const first = await bench.claimOne();
    assert.equal(first.entry.message, sent);
    await bench.broker.settle(proofOf(first), { kind: 'ack' });
    assert.deepEqual(idsOf(await bench.claim()), [dead.entry.message]);
  });
  it('orders for each recipient apart', async (bench) => {
    await ordered(bench, { to: ['a'] });
    await ordered(bench, { to: ['b'] });
    for (const agent of ['a', 'b']) {
      assert.equal((await bench.claim({ recipient: { tenant: 'acme', agent } })).length, 1);
    }
  });
};

export const ordering = (suite: Suite): void => {
  oneAtATime(suite);
  places(suite);
};

export const orderingAcrossRestarts = ({ it }: Suite): void => {
  it('keeps the order of a key, also of what was released late', async (bench) => {
    const held = await bench.append({ orderingKey, holdUntil: bench.clock.now() + 60_000 });
    const sent = await ordered(bench);
    const verdict = verdictFor(held.envelope, 'allow');
    await bench.broker.decide(`${held.envelope.message.id}.0`, {
      kind: 'release',
      reason: 'ok',
      verdict,
      approvals: [],
    });
    await bench.reopen();
    assert.deepEqual(idsOf(await bench.claim()), [sent]);
  });
};
