import assert from 'node:assert/strict';
import { idsOf, proofOf } from '../bench.js';
import { worker } from '../sample-admission.js';
import type { Suite } from './suite.js';

const orderingKey = 'order-7';

const putOff = ({ it }: Suite): void => {
  it('holds up nobody of its key before its moment, and nobody passes it then', async (bench) => {
    const later = await bench.append({ orderingKey, deliverAt: bench.clock.now() + 5000 });
    const now = await bench.append({ orderingKey });
    const lease = await bench.claimOne();
    assert.equal(lease.entry.message, now.envelope.message.id);
    await bench.advance(5000);
    assert.deepEqual(await bench.claim(), []);
    await bench.append({ orderingKey });
    await bench.broker.settle(proofOf(lease), { kind: 'ack' });
    assert.deepEqual(idsOf(await bench.claim()), [later.envelope.message.id]);
  });
  it('gives one of a key at a time though the clock is set back while the first is out', async (bench) => {
    await bench.append({ orderingKey, deliverAt: bench.clock.now() + 5000 });
    await bench.advance(5000);
    const lease = await bench.claimOne();
    bench.clock.jump(-3_600_000);
    await bench.append({ orderingKey, deliverAt: bench.clock.now() });
    assert.deepEqual(await bench.claim(), []);
    await bench.broker.settle(proofOf(lease), { kind: 'ack' });
    assert.equal((await bench.claim()).length, 1);
  });
  it('does not overtake what is urgent for the time before its moment', async (bench) => {
    await bench.append({ priority: 'low', deliverAt: bench.clock.now() + 3_600_000 });
    await bench.advance(3_600_000);
    const { envelope } = await bench.append({ priority: 'critical' });
    assert.equal((await bench.claimOne()).entry.message, envelope.message.id);
  });
  it('is not given before its moment by a redrive either', async (bench) => {
    const { envelope } = await bench.append({ deliverAt: bench.clock.now() + 5000 });
    await bench.broker.abandon(worker, 'gone');
    await bench.broker.redrive(`${envelope.message.id}.0`, 'back again');
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(5000);
    assert.equal((await bench.claim()).length, 1);
  });
};

export const scheduling = (suite: Suite): void => {
  const { it } = suite;
  putOff(suite);
  it('gives nothing before its moment', async (bench) => {
    const { envelope } = await bench.append({ deliverAt: bench.clock.now() + 5000 });
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(4999);
    assert.deepEqual(await bench.claim(), []);
    const waiting = bench.claim({ waitMs: 1000 });
    await bench.advance(1);
    assert.deepEqual(idsOf(await waiting), [envelope.message.id]);
  });
  it('tries a message as often as it states itself, and after its own delay', async (bench) => {
    await bench.append({ retry: { attempts: 2, backoffMs: 600_000 } });
    await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'later' });
    await bench.advance(299_999);
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(300_001);
    const last = await bench.claimOne();
    const entry = await bench.broker.settle(proofOf(last), { kind: 'nack', reason: 'later' });
    assert.deepEqual([entry.attempt, entry.state, entry.reason], [2, 'dead', 'later']);
  });
};

export const schedulingAcrossRestarts = ({ it }: Suite): void => {
  it('goes on holding up nobody of its key, though it was there first', async (bench) => {
    await bench.append({ orderingKey, deliverAt: bench.clock.now() + 5000 });
    await bench.reopen();
    const { envelope } = await bench.append({ orderingKey });
    assert.equal((await bench.claimOne()).entry.message, envelope.message.id);
  });
  it('keeps what is not due yet, and how often a message is tried', async (bench) => {
    await bench.append({ deliverAt: bench.clock.now() + 5000, retry: { attempts: 1 } });
    await bench.reopen();
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(5000);
    const entry = await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'later' });
    assert.equal(entry.state, 'dead');
  });
};
