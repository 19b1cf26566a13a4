import { openMemoryStore } from '@charterbus/store';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, idsOf, proofOf, refusalOf } from '../../src/testing/bench.js';
import { worker } from '../../src/testing/sample-admission.js';
import { FlakyStore } from '../support/flaky-store.js';

/** A broker that keeps two entries of a mailbox in memory, over a store that tells what it read. */
const startNarrow = async (delivery: { readonly mailboxLimit?: number } = {}) => {
  const store = new FlakyStore(await openMemoryStore({ namespaces: [busNamespace] }));
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      close: () => store.close(),
    },
    { windowEntries: 2, ...delivery },
  );
  await bench.start();
  onTestFinished(() => bench.close());
  const send = async (
    count: number,
    options: Parameters<BrokerBench['append']>[0] = {},
  ): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let sent = 0; sent < count; sent++) ids.push((await bench.append(options)).envelope.message.id);
    return ids;
  };
  /** How often entries were read back while the act ran. */
  const recallsOf = async (act: () => Promise<unknown>): Promise<number> => {
    let recalls = 0;
    store.unreadable = (statement) => {
      if (statement === 'recalled') recalls += 1;
      return false;
    };
    await act();
    store.unreadable = () => false;
    return recalls;
  };
  return { bench, store, send, recallsOf };
};

const takeAll = async (bench: BrokerBench): Promise<readonly string[]> => {
  const taken: string[] = [];
  for (;;) {
    const leases = await bench.claim({ max: 3, durable: false });
    if (leases.length === 0) return taken;
    for (const lease of leases) await bench.broker.settle(proofOf(lease), { kind: 'ack' });
    taken.push(...idsOf(leases));
  }
};

test('what waits behind the window is counted, read back and given in its order', async () => {
  const { bench, send, recallsOf } = await startNarrow();
  const ids = await send(20);
  expect(bench.broker.counts).toEqual({ queued: 20, leased: 0, held: 0 });
  let taken: readonly string[] = [];
  const recalls = await recallsOf(async () => {
    taken = await takeAll(bench);
  });
  expect(taken).toEqual(ids);
  expect(recalls).toBe(18);
  expect(bench.broker.counts).toEqual({ queued: 0, leased: 0, held: 0 });
});

test('priorities hold across the window, and so do entries that have to stay in memory', async () => {
  const { bench, send } = await startNarrow();
  const normal = await send(4);
  const [keyed] = await send(1, { orderingKey: 'k' });
  const critical = await send(3, { priority: 'critical' });
  const low = await send(2, { priority: 'low' });
  const last = await send(1, { priority: 'critical', expiresAt: bench.clock.now() + 60_000 });
  expect(await takeAll(bench)).toEqual([...critical, ...last, ...normal, keyed, ...low]);
});

test('what waits behind the window waits there after a restart as well, before and behind what does not', async () => {
  const { bench, send, recallsOf } = await startNarrow();
  const first = await send(3);
  const [keyed] = await send(1, { orderingKey: 'k' });
  const others = await send(4);
  expect(await recallsOf(() => bench.reopen())).toBe(0);
  expect(bench.broker.counts.queued).toBe(8);
  const after = await send(1);
  expect(await takeAll(bench)).toEqual([...first, keyed, ...others, ...after]);
});

test('a message that a process may have ended over is written before it is given, also one that was not in memory', async () => {
  const { bench, store, send } = await startNarrow();
  const ids = await send(4);
  await bench.reopen();
  const { writes } = store.counts;
  expect(idsOf(await bench.claim({ durable: false }))).toEqual(ids);
  // Each with its state and that of its message, and with the form of its verdict, which this process has not written yet.
  expect(store.counts.writes - writes).toBe(12);
});

test('everything of a recipient that is gone is given up, whether or not it is in memory', async () => {
  const { bench, send } = await startNarrow();
  const ids = await send(9);
  const kept = await send(4, { to: ['helper'] });
  expect(await bench.broker.abandon(worker, 'gone')).toBe(9);
  expect(bench.broker.counts).toEqual({ queued: 4, leased: 0, held: 0 });
  const letters = await bench.broker.reader.deadLetters({ reason: 'gone', limit: 100 });
  expect(letters.map(({ message }) => message)).toEqual(ids.toReversed());
  expect([...(await bench.broker.recipients())].map(({ agent }) => agent)).toEqual(['helper']);
  const recipient = { tenant: 'acme', agent: 'helper' };
  expect(idsOf(await bench.claim({ recipient }))).toEqual(kept);
});

test('the bounds count what is not in memory', async () => {
  const { bench, send } = await startNarrow({ mailboxLimit: 5 });
  await send(5);
  expect(await refusalOf(bench.append())).toBe('QUEUE_FULL');
  await bench.reopen();
  expect(await refusalOf(bench.append())).toBe('QUEUE_FULL');
  await bench.broker.settle(proofOf(await bench.claimOne()), { kind: 'ack' });
  await send(1);
});

test('a consumer that waits is given what was read back, with those that come meanwhile', async () => {
  const { bench, store, send } = await startNarrow();
  const ids = await send(6);
  store.unreadable = (statement) => statement === 'recalled';
  // Two are in memory; what is behind them cannot be read for a moment.
  expect(idsOf(await bench.claim())).toEqual(ids.slice(0, 2));
  expect(await bench.claim()).toEqual([]);
  expect(bench.failures.splice(0)).toEqual([expect.stringContaining('The disk cannot be read.')]);
  const waiting = bench.claim({ waitMs: 60_000, max: 10 });
  const [late] = await send(1);
  store.unreadable = () => false;
  await bench.advance(1000);
  expect(idsOf(await waiting)).toEqual([...ids.slice(2), late]);
});

test('what comes while its recipient is paused is let go of as well, and given when that is over', async () => {
  const { bench, send, recallsOf } = await startNarrow();
  const pauses = (mailboxes: readonly string[]) => ({
    tenants: new Set<string>(),
    mailboxes: new Set(mailboxes),
    topics: new Map(),
  });
  await bench.broker.withhold(pauses(['acme/worker']));
  const ids = await send(6);
  expect(await bench.claim()).toEqual([]);
  expect(bench.broker.counts.queued).toBe(6);
  await bench.broker.withhold(pauses([]));
  expect(await recallsOf(async () => expect(idsOf(await bench.claim())).toEqual(ids))).toBe(4);
});
