import assert from 'node:assert/strict';
import { idsOf, proofOf, refusalOf } from '../bench.js';
import type { Suite } from './suite.js';

const unfinishedWork = ({ it }: Suite): void => {
  it('gives what was queued, in its order', async (bench) => {
    const sent = [await bench.append(), await bench.append({ priority: 'high' })].map((one) => one.envelope.message.id);
    await bench.reopen();
    assert.deepEqual(idsOf(await bench.claim()), sent.toReversed());
  });
  it('leaves a lease with its holder until it runs out', async (bench) => {
    await bench.append();
    const lease = await bench.claimOne({ leaseMs: 10_000 });
    await bench.reopen();
    assert.deepEqual(await bench.claim(), []);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'ack' })), 'done');
  });
  it('gives the message again when the holder does not come back, under a greater token', async (bench) => {
    await bench.append();
    const lost = await bench.claimOne({ leaseMs: 10_000 });
    await bench.reopen();
    await bench.advance(10_000);
    const held = await bench.claimOne();
    assert.equal(held.entry.attempt, 2);
    assert.ok(held.entry.token > lost.entry.token);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lost), { kind: 'ack' })), 'LEASE_LOST superseded');
  });
  it('knows that a holder inside the process is gone, and counts its attempt', async (bench) => {
    await bench.append();
    await bench.claimOne({ durable: false });
    await bench.reopen();
    assert.equal((await bench.claimOne()).entry.attempt, 2);
  });
};

const waitingWork = ({ it }: Suite): void => {
  it('keeps backoffs, holds and expiries', async (bench) => {
    const now = bench.clock.now();
    await bench.append();
    await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'x', delayMs: 5000 });
    const held = await bench.append({ holdUntil: now + 5000 });
    const expiring = await bench.append({ to: ['other'], expiresAt: now + 5000 });
    await bench.reopen();
    assert.deepEqual(await bench.claim(), []);
    assert.equal((await bench.broker.held(held.envelope.message.id)).length, 1);
    await bench.advance(5000);
    assert.equal((await bench.claim()).length, 1);
    assert.equal((await bench.broker.reader.message(held.envelope.message.id))?.status, 'failed');
    assert.equal((await bench.broker.reader.message(expiring.envelope.message.id))?.status, 'expired');
  });
  it('keeps dead letters, dedupe keys and the audit log', async (bench) => {
    const receipt = {
      messageId: 'x',
      status: 'accepted',
      verdicts: [],
      constitutionalHash: 'h',
      durability: 'fsync',
    } as const;
    const until = bench.clock.now() + 60_000;
    await bench.append({ dedupe: { tenant: 'acme', from: 'planner', key: 'k', fingerprint: 'f', until, receipt } });
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'hopeless' });
    await bench.reopen();
    assert.equal((await bench.broker.reader.duplicate('acme', 'planner', 'k'))?.fingerprint, 'f');
    assert.equal(await bench.broker.reader.leafCount(), 2);
    await bench.broker.redrive(lease.deliveryId, 'again');
    assert.equal((await bench.claim()).length, 1);
  });
};

export const reopening = (suite: Suite): void => {
  unfinishedWork(suite);
  waitingWork(suite);
};
