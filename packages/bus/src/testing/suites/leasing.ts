import assert from 'node:assert/strict';
import { type BrokerBench, idsOf, proofOf, refusalOf } from '../bench.js';
import { worker } from '../sample-admission.js';
import type { Suite } from './suite.js';

const order = ({ it }: Suite): void => {
  it('gives urgent messages first, and those of one priority in the order of their admission', async (bench) => {
    const sent = new Map<string, string>();
    for (const name of ['low-1', 'normal-1', 'critical-1', 'normal-2', 'high-1', 'critical-2'] as const) {
      const priority = name.split('-')[0] as 'low' | 'normal' | 'high' | 'critical';
      sent.set((await bench.append({ priority })).envelope.message.id, name);
    }
    const names = idsOf(await bench.claim()).map((id) => sent.get(id));
    assert.deepEqual(names, ['critical-1', 'critical-2', 'high-1', 'normal-1', 'normal-2', 'low-1']);
  });
  it(
    'gives what has waited long before what is more urgent and new: nothing starves',
    async (bench) => {
      const low = await bench.append({ priority: 'low' });
      await bench.advance(3000);
      const critical = await bench.append({ priority: 'critical' });
      await bench.advance(1);
      await bench.append({ priority: 'critical' });
      const given = idsOf(await bench.claim({ max: 2 }));
      assert.deepEqual(
        given,
        [low, critical].map(({ envelope }) => envelope.message.id),
      );
    },
    { agingMs: 1000 },
  );
  it('gives each recipient its own copy', async (bench) => {
    await bench.append({ to: ['a', 'b'] });
    for (const agent of ['a', 'b']) {
      assert.equal((await bench.claim({ recipient: { tenant: 'acme', agent } })).length, 1);
    }
    assert.deepEqual(await bench.claim(), []);
  });
  it('does not confuse equal ids of two tenants', async (bench) => {
    await bench.append();
    assert.deepEqual(await bench.claim({ recipient: { tenant: 'other', agent: 'worker' } }), []);
  });
};

const waiting = ({ it }: Suite): void => {
  it('lets a claim wait until something comes', async (bench) => {
    const claimed = bench.claim({ waitMs: 1000 });
    const { envelope } = await bench.append();
    assert.deepEqual(idsOf(await claimed), [envelope.message.id]);
  });
  it('ends a wait with nothing when its time is over', async (bench) => {
    const claimed = bench.claim({ waitMs: 1000 });
    await bench.advance(1000);
    assert.deepEqual(await claimed, []);
  });
  it('ends a wait at once when the caller aborts, and loses nothing', async (bench) => {
    const abort = new AbortController();
    const claimed = bench.claim({ waitMs: 1000 }, abort.signal);
    abort.abort();
    assert.deepEqual(await claimed, []);
    await bench.append();
    assert.equal((await bench.claim()).length, 1);
  });
  it('serves those who wait in the order of their coming', async (bench) => {
    const first = bench.claim({ waitMs: 1000, max: 1 });
    const second = bench.claim({ waitMs: 1000, max: 1 });
    const sent = [(await bench.append()).envelope.message.id, (await bench.append()).envelope.message.id];
    assert.deepEqual([...idsOf(await first), ...idsOf(await second)], sent);
  });
  it('gives nothing once paused', async (bench) => {
    const claimed = bench.claim({ waitMs: 1000 });
    bench.broker.pause();
    assert.deepEqual(await claimed, []);
    await bench.append();
    assert.deepEqual(await bench.claim({ waitMs: 1000 }), []);
  });
};

const settling = ({ it }: Suite): void => {
  it('delivers once: an acknowledged message is not given again', async (bench) => {
    const { envelope } = await bench.append();
    const settled = await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
    assert.equal(settled.state, 'delivered');
    assert.equal((await bench.broker.reader.message(envelope.message.id))?.status, 'delivered');
    assert.deepEqual(await bench.claim(), []);
    await bench.advance(60_000);
    assert.deepEqual(await bench.claim(), []);
  });
  it('takes a repeated ack for what it is', async (bench) => {
    await bench.append();
    const proof = proofOf(await bench.claimOne());
    await bench.broker.settle(proof, { kind: 'ack' });
    assert.equal(await refusalOf(bench.broker.settle(proof, { kind: 'ack' })), 'done');
    assert.equal(await refusalOf(bench.broker.settle(proof, { kind: 'nack', reason: 'late' })), 'LEASE_LOST settled');
    assert.equal(await bench.broker.reader.leafCount(), 2);
  });
  it('lets one of two settlements at once win', async (bench) => {
    await bench.append();
    const proof = proofOf(await bench.claimOne());
    const ack = bench.broker.settle(proof, { kind: 'ack' });
    const reject = bench.broker.settle(proof, { kind: 'reject', reason: 'no' });
    assert.deepEqual([await refusalOf(ack), await refusalOf(reject)], ['done', 'LEASE_LOST settled']);
  });
  it('knows the delivery only for its recipient', async (bench) => {
    await bench.append();
    const proof = { ...proofOf(await bench.claimOne()), recipient: { tenant: 'acme', agent: 'thief' } };
    assert.equal(await refusalOf(bench.broker.settle(proof, { kind: 'ack' })), 'DELIVERY_NOT_FOUND');
    assert.equal(await refusalOf(bench.broker.extend(proof, 1000, true)), 'DELIVERY_NOT_FOUND');
  });
  it('says of an unknown delivery that it is none', async (bench) => {
    for (const deliveryId of ['', 'x.0', `${bench.ids.next()}.0`, `${bench.ids.next()}.99999999`]) {
      const proof = { deliveryId, recipient: worker, fencingToken: 1 };
      assert.equal(await refusalOf(bench.broker.settle(proof, { kind: 'ack' })), 'DELIVERY_NOT_FOUND');
    }
  });
};

/** Claims, lets the lease run out, and claims again. */
const leaseTwice = async (bench: BrokerBench) => {
  await bench.append();
  const lost = await bench.claimOne({ leaseMs: 1000 });
  await bench.advance(1000);
  return { lost, held: await bench.claimOne({ leaseMs: 1000 }) };
};

const fencing = ({ it }: Suite): void => {
  it('gives a message again when its lease has run out, under a greater token', async (bench) => {
    const { lost, held } = await leaseTwice(bench);
    assert.equal(held.deliveryId, lost.deliveryId);
    assert.equal(held.entry.attempt, 2);
    assert.ok(held.entry.token > lost.entry.token);
  });
  it('refuses what comes late, and says why', async (bench) => {
    await bench.append();
    const lost = await bench.claimOne({ leaseMs: 1000 });
    await bench.advance(1000);
    const { broker } = bench;
    assert.equal(await refusalOf(broker.settle(proofOf(lost), { kind: 'ack' })), 'LEASE_LOST expired');
    assert.equal(await refusalOf(broker.extend(proofOf(lost), 1000, true)), 'LEASE_LOST expired');
    const held = await bench.claimOne();
    assert.equal(await refusalOf(broker.settle(proofOf(lost), { kind: 'ack' })), 'LEASE_LOST superseded');
    assert.equal(await refusalOf(broker.settle(proofOf(held), { kind: 'ack' })), 'done');
  });
  it('keeps an extended lease', async (bench) => {
    await bench.append();
    const lease = await bench.claimOne({ leaseMs: 1000 });
    await bench.advance(900);
    const extended = await bench.broker.extend(proofOf(lease), 1000, true);
    assert.equal(extended.leaseUntil, bench.clock.now() + 1000);
    await bench.advance(900);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'ack' })), 'done');
  });
  it('lets a jump of the wall clock neither end nor prolong a lease', async (bench) => {
    await bench.append();
    await bench.append();
    const early = await bench.claimOne({ leaseMs: 10_000 });
    bench.clock.jump(3_600_000);
    await bench.advance(5000);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(early), { kind: 'ack' })), 'done');
    const late = await bench.claimOne({ leaseMs: 10_000 });
    bench.clock.jump(-3_600_000);
    await bench.advance(10_000);
    assert.equal(await refusalOf(bench.broker.settle(proofOf(late), { kind: 'ack' })), 'LEASE_LOST expired');
  });
  it('takes a returned message back as if it had never been given', async (bench) => {
    await bench.append();
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'return' });
    const again = await bench.claimOne();
    assert.equal(again.entry.attempt, 1);
    assert.ok(again.entry.token > lease.entry.token);
  });
};

export const leasing = (suite: Suite): void => {
  order(suite);
  waiting(suite);
  settling(suite);
  fencing(suite);
};
