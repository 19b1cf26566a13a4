import { openMemoryStore } from '@charterbus/store';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { FormedLeaf } from '../../src/broker/journal.js';
import { AdmissionLeaf, filledForm, readLeaf, SettlementLeaf } from '../../src/broker/leaf.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, proofOf } from '../../src/testing/bench.js';
import { verdictFor } from '../../src/testing/sample-admission.js';

const turn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

const startBench = async () => {
  const store = await openMemoryStore({ namespaces: [busNamespace] });
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      close: () => store.close(),
    },
    { retention: { finishedMs: 1000, finishedBytes: 1e9, deadLetterMs: 1000, everyMs: 1000 } },
  );
  await bench.start();
  onTestFinished(() => bench.close());
  /** Statements that the act took. */
  const writesOf = async (act: () => Promise<unknown>): Promise<number> => {
    const { writes } = store.counts;
    await act();
    return store.counts.writes - writes;
  };
  return { bench, store, writesOf };
};

const deliver = async (bench: BrokerBench): Promise<string> => {
  const { envelope } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  await bench.broker.settle(proofOf(lease), { kind: 'ack' });
  return envelope.message.id;
};

test('a message takes two writes to be accepted and three to be delivered by a handler', async () => {
  const { bench, writesOf } = await startBench();
  await deliver(bench);
  expect(await writesOf(() => bench.append())).toBe(2);
  expect(
    await writesOf(async () => bench.broker.settle(proofOf(await bench.claimOne({ durable: false })), { kind: 'ack' })),
  ).toBe(3);
});

test('what a handler holds for longer than a turn is written: its attempt counts if the process ends', async () => {
  const { bench, writesOf } = await startBench();
  await bench.append();
  const noted = await writesOf(async () => {
    await bench.claimOne({ durable: false });
    await turn();
    await turn();
  });
  expect(noted).toBe(2);
});

test('what a handler has is in process, also where it was judged again in the turn in which it was given', async () => {
  const { bench } = await startBench();
  const { envelope } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  await bench.broker.rebind(proofOf(lease), verdictFor(envelope, 'allow'));
  await turn();
  await turn();
  expect((await bench.broker.reader.message(envelope.message.id))?.status).toBe('processing');
});

test('a leaf whose form is kept apart reads as it would without', async () => {
  const { bench } = await startBench();
  // Of the second message both forms are known.
  await deliver(bench);
  const { envelope, ...admission } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  const entry = await bench.broker.settle(proofOf(lease), { kind: 'ack' });
  const [admitted, delivered] = await bench.broker.reader.leaves(entry.message);
  const { message, digest } = envelope;
  const texts = [new AdmissionLeaf({ envelope, ...admission }), new SettlementLeaf(entry, entry.history.at(-1)!)];
  expect([admitted?.text, delivered?.text]).toEqual(texts.map(({ text }) => text));
  for (const { formed, text } of texts as { formed?: FormedLeaf; text: string }[]) {
    const { at = '', form } = formed ?? {};
    expect(filledForm(form?.() ?? '', { at, digest, message: message.id })).toBe(text);
  }
});

test('leaves stay, and are found, when their messages are dropped', async () => {
  const { bench } = await startBench();
  const id = await deliver(bench);
  const before = await bench.broker.reader.leaves(id);
  expect(before).toHaveLength(2);
  await bench.advance(1000);
  await bench.advance(1000);
  expect(await bench.broker.reader.message(id)).toBeUndefined();
  expect(await bench.broker.reader.leaves(id)).toEqual(before);
  expect(before.map(readLeaf)).toMatchObject([{ kind: 'admission' }, { kind: 'settlement' }]);
});
