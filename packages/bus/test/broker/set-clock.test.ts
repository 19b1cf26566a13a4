import { openMemoryStore } from '@charterbus/store';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, proofOf, refusalOf } from '../../src/testing/bench.js';

const hour = 3_600_000;

const startBench = async (): Promise<BrokerBench> => {
  const store = await openMemoryStore({ namespaces: [busNamespace] });
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      close: () => store.close(),
    },
    {},
  );
  await bench.start();
  return bench;
};

test('a lease does not outlive its length, though the clock is set back by an hour while nobody runs', async () => {
  const bench = await startBench();
  await bench.append();
  const lost = await bench.claimOne({ leaseMs: 10_000 });
  bench.clock.jump(-hour);
  await bench.reopen();
  expect(await bench.claim()).toEqual([]);
  await bench.advance(10_000);
  expect((await bench.claimOne()).entry.attempt).toBe(2);
  expect(await refusalOf(bench.broker.settle(proofOf(lost), { kind: 'ack' }))).toBe('LEASE_LOST superseded');
  await bench.close();
});

test('a lease that was extended lasts as long as that', async () => {
  const bench = await startBench();
  await bench.append();
  const lease = await bench.claimOne({ leaseMs: 10_000 });
  await bench.broker.extend(proofOf(lease), 20_000, true);
  bench.clock.jump(-hour);
  await bench.reopen();
  await bench.advance(19_999);
  expect(await bench.claim()).toEqual([]);
  await bench.advance(1);
  expect(await bench.claim()).toHaveLength(1);
  await bench.close();
});

test('nor does a backoff, or a hold', async () => {
  const bench = await startBench();
  await bench.append();
  await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'nack', reason: 'x', delayMs: 5000 });
  const held = await bench.append({ holdUntil: bench.clock.now() + 6000 });
  bench.clock.jump(-hour);
  await bench.reopen();
  await bench.advance(4999);
  expect(await bench.claim()).toEqual([]);
  await bench.advance(1);
  expect(await bench.claim()).toHaveLength(1);
  expect(bench.broker.held(held.envelope.message.id)).toHaveLength(1);
  await bench.advance(1000);
  expect(bench.broker.held(held.envelope.message.id)).toEqual([]);
  await bench.close();
});

test('what its sender put off keeps its moment, which is one of the clock on the wall', async () => {
  const bench = await startBench();
  await bench.append({ deliverAt: bench.clock.now() + 5000 });
  bench.clock.jump(-hour);
  await bench.reopen();
  await bench.advance(hour + 4999);
  expect(await bench.claim()).toEqual([]);
  await bench.advance(1);
  expect(await bench.claim()).toHaveLength(1);
  await bench.close();
});
