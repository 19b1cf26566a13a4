import { openMemoryStore } from '@charterbus/store';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import type { DeliveryOptions } from '../../src/index.js';
import { BrokerBench, proofOf, refusalOf } from '../../src/testing/bench.js';
import { worker } from '../../src/testing/sample-admission.js';
import { FlakyStore } from '../support/flaky-store.js';
import { turn } from '../support/fleet.js';

const startBench = async (delivery: Partial<DeliveryOptions> = {}) => {
  const store = new FlakyStore(await openMemoryStore({ namespaces: [busNamespace] }));
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      close: () => store.close(),
    },
    delivery,
  );
  await bench.start();
  return { bench, store };
};

const helper = { tenant: 'acme', agent: 'helper' };

describe('a store that fails', () => {
  test('for one recipient does not lose its message when the others’ end was kept', async () => {
    const { bench, store } = await startBench();
    const { envelope } = await bench.append({ to: ['worker', 'helper'] });
    const [first, second] = [await bench.claimOne(), await bench.claimOne({ recipient: helper })];
    let writes = 0;
    store.refuses = () => ++writes === 1;
    const acks = [first, second].map((lease) => bench.broker.settle(proofOf(lease), { kind: 'ack' }));
    expect(await Promise.all(acks.map(refusalOf))).toEqual(['STORE_UNAVAILABLE', 'done']);
    expect(await bench.broker.reader.message(envelope.message.id)).toMatchObject({
      status: 'processing',
      settledAt: 0,
    });
    await bench.reopen();
    expect(bench.broker.counts).toMatchObject({ leased: 1 });
    expect(await refusalOf(bench.broker.settle(proofOf(first), { kind: 'ack' }))).toBe('done');
    expect((await bench.broker.reader.message(envelope.message.id))?.status).toBe('delivered');
    await bench.close();
  });

  test('to be read after a commit does not deny the commit', async () => {
    const { bench, store } = await startBench();
    await bench.append();
    await bench.reopen();
    const abandoned = bench.broker.abandon(worker, 'gone');
    store.unreadable = () => true;
    expect(await abandoned).toBe(1);
    expect(bench.broker.counts).toEqual({ queued: 0, leased: 0, held: 0 });
    store.unreadable = () => false;
    await bench.close();
  });

  test('to be read for a moment costs a message nothing but that moment', async () => {
    const { bench, store } = await startBench();
    await bench.append();
    await bench.reopen();
    store.unreadable = (statement) => statement === 'recalled';
    expect(await bench.claim()).toEqual([]);
    expect(await bench.claim()).toEqual([]);
    expect(bench.failures.splice(0)).toEqual([expect.stringContaining('The disk cannot be read.')]);
    store.unreadable = () => false;
    const waiting = bench.claim({ waitMs: 60_000 });
    await bench.advance(1000);
    expect((await waiting)[0]?.entry.attempt).toBe(1);
    await bench.close();
  });

  test('to be read for a moment costs nothing more where the entry is in memory and its message is not', async () => {
    const { bench, store } = await startBench();
    await bench.append({ expiresAt: bench.clock.now() + 60_000 });
    await bench.reopen();
    store.unreadable = (statement) => statement === 'envelope';
    expect(await bench.claim()).toEqual([]);
    expect(bench.failures.splice(0)).toEqual([expect.stringContaining('The disk cannot be read.')]);
    store.unreadable = () => false;
    await bench.advance(1000);
    expect((await bench.claimOne()).entry.attempt).toBe(1);
    await bench.close();
  });

  test('to take a redrive back does not keep the dead letter in memory', async () => {
    const { bench, store } = await startBench({
      retention: { finishedMs: 0, finishedBytes: 1e9, deadLetterMs: 0, everyMs: 1000 },
    });
    await bench.append();
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'no' });
    store.refuses = () => true;
    expect(await refusalOf(bench.broker.redrive(lease.deliveryId, 'again'))).toBe('STORE_UNAVAILABLE');
    store.refuses = () => false;
    await bench.advance(1000);
    await bench.advance(1000);
    expect(await refusalOf(bench.broker.redrive(lease.deliveryId, 'again'))).toBe('DEAD_LETTER_NOT_FOUND');
    await bench.close();
  });
});

describe('a key whose first has an end that is not committed yet', () => {
  test('gives nobody the next one, though one in between expires meanwhile', async () => {
    const { bench, store } = await startBench();
    const orderingKey = 'order-7';
    await bench.append({ orderingKey });
    await bench.append({ orderingKey, expiresAt: bench.clock.now() + 1000 });
    const { envelope } = await bench.append({ orderingKey });
    const first = await bench.claimOne();
    const waiting = bench.claim({ waitMs: 10_000 });
    bench.clock.advance(1000);
    store.refuses = () => true;
    const acked = refusalOf(bench.broker.settle(proofOf(first), { kind: 'ack' }));
    store.refuses = () => false;
    expect(await acked).toBe('STORE_UNAVAILABLE');
    await bench.quiet();
    expect(bench.broker.counts).toMatchObject({ leased: 1 });
    await bench.broker.settle(proofOf(first), { kind: 'ack' });
    expect((await waiting).map(({ entry }) => entry.message)).toEqual([envelope.message.id]);
    await bench.close();
  });
});

test('a message whose last end was written in the belief in a redrive that was refused is finished by the next start', async () => {
  const { bench, store } = await startBench();
  const { envelope } = await bench.append({ to: ['worker', 'helper'] });
  const [dead, last] = [await bench.claimOne(), await bench.claimOne({ recipient: helper })];
  await bench.broker.settle(proofOf(dead), { kind: 'reject', reason: 'no' });
  store.refuses = (unit) =>
    !unit.some(({ statement, values }) => statement === 'entry-state' && values[0] === 'delivered');
  const redriven = refusalOf(bench.broker.redrive(dead.deliveryId, 'again'));
  await bench.broker.settle(proofOf(last), { kind: 'ack' });
  expect(await redriven).toBe('STORE_UNAVAILABLE');
  store.refuses = () => false;
  await bench.reopen();
  expect(bench.failures.splice(0)).toEqual([expect.stringMatching(/^status: .*The disk is full/)]);
  expect((await bench.broker.reader.message(envelope.message.id))?.settledAt).not.toBe(0);
  await bench.broker.redrive(dead.deliveryId, 'again');
  expect(await bench.claim()).toHaveLength(1);
  await bench.close();
});

test('a store that fails at a start fails that start, and nothing that nobody waits for', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const { bench, store } = await startBench();
  // One that a handler has when its process ends, and one that has ended, which the process did not live to write.
  await bench.append({ to: ['third'] });
  await bench.claim({ recipient: { ...helper, agent: 'third' }, durable: false });
  await bench.append({ to: ['worker', 'helper'] });
  const [dead, last] = [await bench.claimOne(), await bench.claimOne({ recipient: helper })];
  await bench.broker.settle(proofOf(dead), { kind: 'reject', reason: 'no' });
  store.refuses = (unit) =>
    !unit.some(({ statement, values }) => statement === 'entry-state' && values[0] === 'delivered');
  const redriven = refusalOf(bench.broker.redrive(dead.deliveryId, 'again'));
  await bench.broker.settle(proofOf(last), { kind: 'ack' });
  expect(await redriven).toBe('STORE_UNAVAILABLE');
  await bench.broker.close();
  store.refuses = (unit) => unit.some(({ statement }) => statement !== 'epoch');
  expect(await refusalOf(bench.start())).toBe('STORE_UNAVAILABLE');
  await turn();
  expect(unhandled).toEqual([]);
  await store.close();
});

describe('a redrive in the middle of a sweep', () => {
  const retention = { finishedMs: 0, finishedBytes: 1e9, deadLetterMs: 500, everyMs: 1000 };

  test.each(['before', 'after'])('that begins %s it either happens or is refused, but loses nothing', async (order) => {
    const { bench } = await startBench({ retention });
    await bench.append();
    const lease = await bench.claimOne();
    await bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'no' });
    bench.clock.advance(999);
    if (order === 'after') bench.clock.advance(1);
    const redriven = refusalOf(bench.broker.redrive(lease.deliveryId, 'again'));
    if (order === 'before') bench.clock.advance(1);
    const outcome = await redriven;
    await bench.quiet();
    const given = await bench.claim();
    expect([outcome, given.length]).toEqual(order === 'before' ? ['done', 1] : ['DEAD_LETTER_NOT_FOUND', 0]);
    await bench.close();
  });
});
