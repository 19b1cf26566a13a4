import { openMemoryStore } from '@charterbus/store';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { Entry } from '../../src/broker/entry.js';
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

/** Lets so many turns of the event loop pass. */
const turns = async (count: number): Promise<void> => {
  for (let passed = 0; passed < count; passed++) await turn();
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

const ackOne = async (bench: BrokerBench): Promise<Entry> =>
  bench.broker.settle(proofOf(await bench.claimOne({ durable: false })), { kind: 'ack' });

const deliver = async (bench: BrokerBench): Promise<string> => {
  const { envelope } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  await bench.broker.settle(proofOf(lease), { kind: 'ack' });
  return envelope.message.id;
};

test('a message takes one write to be accepted and one to be delivered by a handler', async () => {
  const { bench, writesOf } = await startBench();
  await deliver(bench);
  expect(await writesOf(() => bench.append())).toBe(1);
  expect(await writesOf(() => ackOne(bench))).toBe(1);
});

test.each([
  ['an ordering key', { orderingKey: 'k' }],
  ['an expiry', { expiresAt: Date.parse('2100-01-01T00:00:00Z') }],
  ['a retry of its own', { retry: { attempts: 2 } }],
  ['an answer to another', { inReplyTo: '01a205e3-a42c-7001-ab7b-52af7ef34fcb' }],
])('a message with %s takes two writes to be accepted and three to be delivered', async (_what, options) => {
  const { bench, writesOf } = await startBench();
  await bench.append(options);
  await ackOne(bench);
  expect(await writesOf(() => bench.append(options))).toBe(2);
  expect(await writesOf(() => ackOne(bench))).toBe(3);
});

test('a lease that was written before it ended ends in one write as well', async () => {
  const { bench, writesOf } = await startBench();
  const { envelope } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  await turns(4);
  expect((await bench.broker.reader.message(envelope.message.id))?.status).toBe('processing');
  expect(await writesOf(async () => bench.broker.settle(proofOf(lease), { kind: 'ack' }))).toBe(1);
  const ended = (await bench.broker.reader.entries(envelope.message.id))[0];
  expect(ended).toMatchObject({ state: 'delivered', token: lease.entry.token, processBound: true });
  expect((await bench.broker.reader.message(envelope.message.id))?.status).toBe('delivered');
});

test('what a message is when it comes back from the disk is what it was', async () => {
  const { bench } = await startBench();
  const { envelope, verdicts } = await bench.append();
  const { id } = envelope.message;
  const before = [
    await bench.broker.reader.message(id),
    await bench.broker.reader.entries(id),
    await bench.broker.reader.leaves(id),
  ];
  expect(before[0]).toMatchObject({ status: 'pending', verdicts, recipients: { allowed: 1, held: 0, denied: 0 } });
  await bench.reopen();
  const after = [
    await bench.broker.reader.message(id),
    await bench.broker.reader.entries(id),
    await bench.broker.reader.leaves(id),
  ];
  expect(after).toEqual(before);
  expect((await bench.broker.reader.envelope(id))?.text).toBe(envelope.text);
  const lease = await bench.claimOne({ durable: false });
  expect(lease.entry.verdict).toEqual(verdicts[1]);
  await bench.broker.settle(proofOf(lease), { kind: 'ack' });
  expect(await bench.broker.reader.list({ status: 'delivered', limit: 10 })).toMatchObject([{ id }]);
});

test('what a handler holds for longer than a turn is written: its attempt counts if the process ends', async () => {
  const { bench, writesOf } = await startBench();
  await bench.append();
  const noted = await writesOf(async () => {
    await bench.claimOne({ durable: false });
    await turns(4);
  });
  expect(noted).toBe(2);
});

test('what a handler has is in process, also where it was judged again in the turn in which it was given', async () => {
  const { bench } = await startBench();
  const { envelope } = await bench.append();
  const lease = await bench.claimOne({ durable: false });
  await bench.broker.rebind(proofOf(lease), verdictFor(envelope, 'allow'));
  await turns(4);
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
