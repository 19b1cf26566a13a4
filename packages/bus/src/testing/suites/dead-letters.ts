import assert from 'node:assert/strict';
import { type BrokerBench, proofOf, refusalOf } from '../bench.js';
import { worker } from '../sample-admission.js';
import type { Suite } from './suite.js';

const bury = async (bench: BrokerBench, options: Parameters<BrokerBench['append']>[0] = {}) => {
  const { envelope } = await bench.append(options);
  const lease = await bench.claimOne();
  await bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'hopeless' });
  return { id: lease.deliveryId, message: envelope.message.id };
};

const selection = ({ it }: Suite): void => {
  it('lists those of one recipient, or of one reason', async (bench) => {
    const { id } = await bury(bench);
    await bench.append({ to: ['helper'] });
    await bench.broker.abandon({ tenant: 'acme', agent: 'helper' }, 'gone');
    const listed = async (filter: object) =>
      (await bench.broker.reader.deadLetters({ limit: 10, ...filter })).map(({ recipient, reason }) => [
        recipient.agent,
        reason,
      ]);
    assert.deepEqual(await listed({ recipient: worker }), [['worker', 'hopeless']]);
    assert.deepEqual(await listed({ reason: 'gone' }), [['helper', 'gone']]);
    assert.deepEqual(await listed({ recipient: worker, reason: 'gone' }), []);
    assert.ok(id);
  });
  it('gives one up for good: it cannot be redriven, and its leaf says why', async (bench) => {
    const letter = await bury(bench);
    const leaves = await bench.broker.reader.leafCount();
    const dropped = await bench.broker.drop(letter.id, 'not worth it');
    assert.deepEqual([dropped.state, dropped.history.at(-1)?.kind], ['dropped', 'dropped']);
    assert.match((await bench.broker.reader.leaf(leaves))?.text ?? '', /not worth it/);
    assert.deepEqual(await bench.broker.reader.deadLetters({ limit: 10 }), []);
    for (const again of [bench.broker.drop(letter.id, 'x'), bench.broker.redrive(letter.id, 'x')]) {
      assert.equal(await refusalOf(again), 'DEAD_LETTER_NOT_FOUND');
    }
    assert.equal((await bench.broker.reader.message(letter.message))?.status, 'failed');
  });
  it(
    'drops a message with the finished ones once its dead letter was given up',
    async (bench) => {
      const letter = await bury(bench);
      await bench.advance(2000);
      assert.ok(await bench.broker.reader.message(letter.message));
      await bench.broker.drop(letter.id, 'not worth it');
      await bench.advance(2000);
      await bench.advance(1000);
      assert.equal(await bench.broker.reader.message(letter.message), undefined);
    },
    { retention: { finishedMs: 1000, finishedBytes: 1e9, deadLetterMs: 1e9, everyMs: 1000 } },
  );
  it(
    'lets what was delivered go before a dead letter, though that is older, where there is too much',
    async (bench) => {
      const letter = await bury(bench);
      for (let sent = 0; sent < 3; sent++) {
        await bench.append();
        await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
      }
      await bench.quiet();
      assert.ok(await bench.broker.reader.message(letter.message));
    },
    { retention: { finishedMs: 1e9, finishedBytes: 6000, deadLetterMs: 1e9, everyMs: 1e8 } },
  );
};

export const deadLetters = (suite: Suite): void => {
  const { it } = suite;
  selection(suite);
  it('lists them with their reason, newest first, by page', async (bench) => {
    const letters = [await bury(bench), await bury(bench)];
    const { reader } = bench.broker;
    const listed = await reader.deadLetters({ limit: 10 });
    assert.deepEqual(
      listed.map(({ message, reason }) => [message, reason]),
      letters.toReversed().map(({ message }) => [message, 'hopeless']),
    );
    const [newest] = listed;
    const [older] = newest === undefined ? [] : await reader.deadLetters({ limit: 1, before: newest });
    assert.equal(older?.message, letters[0]?.message);
  });
  it('lists every recipient of one message, though a page ends between them', async (bench) => {
    const to = ['worker', 'helper', 'clerk'];
    await bench.append({ to });
    for (const agent of to) await bench.broker.abandon({ tenant: 'acme', agent }, 'gone');
    const { reader } = bench.broker;
    const found: string[] = [];
    let [letter] = await reader.deadLetters({ limit: 1 });
    for (; letter !== undefined; [letter] = await reader.deadLetters({ limit: 1, before: letter })) {
      found.push(letter.recipient.agent);
    }
    assert.deepEqual(found, to);
  });
  it('gives a redriven one again, to be judged again, with fresh attempts and its old history', async (bench) => {
    const letter = await bury(bench);
    await bench.broker.redrive(letter.id, 'mended');
    const { entry } = await bench.claimOne();
    assert.equal(entry.attempt, 1);
    assert.equal(entry.judgeAgain, true);
    assert.deepEqual(
      entry.history.map(({ kind }) => kind),
      ['granted', 'dead-lettered', 'redriven', 'granted'],
    );
    assert.deepEqual(await bench.broker.reader.deadLetters({ limit: 10 }), []);
  });
  it('gives a redriven one again though its recipient had nothing else and others have not finished', async (bench) => {
    await bench.append({ to: ['worker', 'helper'] });
    const { deliveryId, ...lease } = await bench.claimOne();
    await bench.broker.settle(proofOf({ deliveryId, ...lease }), { kind: 'reject', reason: 'hopeless' });
    assert.deepEqual(await bench.claim(), []);
    await bench.broker.redrive(deliveryId, 'mended');
    assert.equal((await bench.claimOne()).deliveryId, deliveryId);
  });
  it('redrives once', async (bench) => {
    const letter = await bury(bench);
    const both = [bench.broker.redrive(letter.id, 'a'), bench.broker.redrive(letter.id, 'b')];
    assert.deepEqual(await Promise.all(both.map(refusalOf)), ['done', 'DEAD_LETTER_NOT_FOUND']);
    assert.equal((await bench.claim()).length, 1);
  });
  it('redrives nothing that is expired, delivered or unknown', async (bench) => {
    const expiring = await bury(bench, { expiresAt: bench.clock.now() + 1000 });
    await bench.advance(1000);
    assert.equal(await refusalOf(bench.broker.redrive(expiring.id, 'x')), 'MESSAGE_EXPIRED');
    assert.equal(await refusalOf(bench.broker.redrive('nonsense', 'x')), 'DEAD_LETTER_NOT_FOUND');
    await bench.append();
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'ack' });
    assert.equal(await refusalOf(bench.broker.redrive(lease.deliveryId, 'x')), 'DEAD_LETTER_NOT_FOUND');
  });
  it('takes over what is left of a recipient that is gone', async (bench) => {
    const queued = await bench.append();
    const held = await bench.append({ holdUntil: bench.clock.now() + 1000 });
    const lease = await bench.claimOne();
    assert.equal(await bench.broker.abandon(worker, 'RECIPIENT_UNREACHABLE'), 2);
    for (const { envelope } of [queued, held]) {
      assert.equal((await bench.broker.reader.message(envelope.message.id))?.status, 'failed');
    }
    assert.equal(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'ack' })), 'LEASE_LOST settled');
    assert.deepEqual([...(await bench.broker.recipients())], []);
  });
};
