import assert from 'node:assert/strict';
import { type BrokerBench, idsOf, proofOf, refusalOf } from '../bench.js';
import type { Suite } from './suite.js';

const fail = async (bench: BrokerBench, delayMs?: number): Promise<void> => {
  const nack = { kind: 'nack', reason: 'broken' } as const;
  await bench.broker.settle(proofOf(await bench.claimOne()), delayMs === undefined ? nack : { ...nack, delayMs });
};

export const retrying = ({ it }: Suite): void => {
  it('waits for the time of a backoff, not for what the clock on the wall shows', async (bench) => {
    await bench.append();
    await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'x', delayMs: 1000 });
    bench.clock.jump(-3_600_000);
    await bench.advance(999);
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(1);
    assert.equal((await bench.claim()).length, 1);
  });
  it(
    'backs off longer with each attempt, within the stated jitter and cap',
    async (bench) => {
      await bench.append();
      for (const whole of [1000, 2000, 4000, 5000]) {
        await fail(bench);
        await bench.advance(whole / 2 - 1);
        assert.deepEqual(await bench.claim(), []);
        await bench.advance(whole / 2 + 1);
      }
      assert.equal((await bench.claimOne()).entry.attempt, 5);
    },
    { maxAttempts: 9, backoffMs: 1000, backoffCapMs: 5000 },
  );
  it('obeys the delay that the consumer asks for', async (bench) => {
    await bench.append();
    await fail(bench, 7000);
    await bench.advance(6999);
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(1);
    assert.equal((await bench.claim()).length, 1);
  });
  it('keeps the place of what is tried again', async (bench) => {
    const first = await bench.append();
    const second = await bench.append();
    await fail(bench, 0);
    assert.deepEqual(idsOf(await bench.claim()), [first.envelope.message.id, second.envelope.message.id]);
  });
  it(
    'makes a dead letter of what has used up its attempts, with its history, and goes on with the next',
    async (bench) => {
      const poison = await bench.append();
      const healthy = await bench.append();
      await fail(bench, 0);
      await fail(bench, 0);
      const [entry] = await bench.broker.reader.entries(poison.envelope.message.id);
      assert.equal(entry?.state, 'dead');
      assert.equal(entry?.reason, 'broken');
      assert.deepEqual(
        entry?.history.map(({ kind, attempt }) => `${kind} ${attempt}`),
        ['granted 1', 'retried 1', 'granted 2', 'dead-lettered 2'],
      );
      assert.deepEqual(idsOf(await bench.claim()), [healthy.envelope.message.id]);
    },
    { maxAttempts: 2 },
  );
  it(
    'counts a lease that ran out as an attempt',
    async (bench) => {
      const { envelope } = await bench.append();
      await bench.claimOne({ leaseMs: 1000 });
      await bench.advance(1000);
      assert.equal((await bench.broker.reader.entries(envelope.message.id))[0]?.reason, 'LEASE_EXPIRED');
    },
    { maxAttempts: 1 },
  );
  it('never gives an expired message, whether it waits, is tried again or falls due while it is asked for', async (bench) => {
    const expiresAt = bench.clock.now() + 1000;
    const sent = [await bench.append({ expiresAt }), await bench.append({ expiresAt })].map(
      (one) => one.envelope.message.id,
    );
    const lease = await bench.claimOne({ leaseMs: 5000 });
    bench.clock.jump(1000);
    assert.deepEqual(await bench.claim(), []);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'nack', reason: 'x' })), 'done');
    await bench.advance(10_000);
    assert.deepEqual(await bench.claim(), []);
    for (const id of sent) assert.equal((await bench.broker.reader.message(id))?.status, 'expired');
  });
};
