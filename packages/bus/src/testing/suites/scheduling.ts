import assert from 'node:assert/strict';
import { idsOf, proofOf } from '../bench.js';
import type { Suite } from './suite.js';

export const scheduling = ({ it }: Suite): void => {
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
  it('keeps what is not due yet, and how often a message is tried', async (bench) => {
    await bench.append({ deliverAt: bench.clock.now() + 5000, retry: { attempts: 1 } });
    await bench.reopen();
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(5000);
    const entry = await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'later' });
    assert.equal(entry.state, 'dead');
  });
};
