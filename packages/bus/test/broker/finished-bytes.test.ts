import { seededRandom } from '@charterbus/core-models';
import { openMemoryStore } from '@charterbus/store';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { isFinal } from '../../src/broker/entry.js';
import { type Journal, keptBytes } from '../../src/broker/journal.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, proofOf } from '../../src/testing/bench.js';
import { FailingJournal } from '../support/failing-journal.js';
import { FlakyStore } from '../support/flaky-store.js';

interface Disk {
  readonly journal: Journal;
  /** What it counts of a content. */
  readonly counts: 'contentBytes' | 'leastBytes';
  fails: boolean;
}

const inMemory = async () => {
  const journal = new FailingJournal();
  const disk: Disk = { journal, counts: 'leastBytes', fails: false };
  journal.refuses = () => disk.fails;
  return disk;
};

const overStore = async () => {
  const store = new FlakyStore(await openMemoryStore({ namespaces: [busNamespace] }));
  const disk: Disk = { journal: await SqliteJournal.open(store), counts: 'contentBytes', fails: false };
  store.refuses = () => disk.fails;
  return disk;
};

const everything = { limit: 100_000 };

/** What the journal says of what is finished, against what is there. */
const recount = ({ journal, counts }: Disk) => {
  const records = journal.list(everything);
  const finished = records.filter(({ settledAt }) => settledAt !== 0);
  const bytes = finished.reduce(
    (sum, record) => sum + keptBytes(record, journal.envelope(record.id)?.[counts] ?? 0),
    0,
  );
  const wrong = records.filter(
    ({ id, settledAt }) => (settledAt !== 0) !== journal.entries(id).every(({ state }) => isFinal(state)),
  );
  return { bytes, wrong: wrong.map(({ id }) => id) };
};

const recipients = ['worker', 'helper', 'clerk'];

/** Begins a few things at once, some of which the disk refuses. */
const round = async (bench: BrokerBench, disk: Disk, choose: (below: number) => number): Promise<void> => {
  const { broker } = bench;
  const to = recipients.slice(0, 1 + choose(3));
  const began: unknown[] = [];
  const begin = (act: () => unknown): void => {
    disk.fails = choose(3) === 0;
    began.push(act());
    disk.fails = false;
  };
  if (choose(2) === 0) begin(() => bench.append({ to }));
  const leases = (
    await Promise.all(
      recipients.map((agent) => bench.claim({ recipient: { tenant: 'acme', agent }, max: 1 + choose(2) })),
    )
  ).flat();
  for (const lease of leases) {
    const outcome = [{ kind: 'ack' }, { kind: 'reject', reason: 'no' }, { kind: 'nack', reason: 'later' }] as const;
    begin(() => broker.settle(proofOf(lease), outcome[choose(3)] ?? outcome[0]));
  }
  for (const { message, ordinal } of disk.journal.deadLetters({ limit: 4 })) {
    const id = `${message}.${ordinal}`;
    const act = choose(3);
    if (act < 2) begin(() => (act === 0 ? broker.redrive(id, 'again') : broker.drop(id, 'enough')));
  }
  await Promise.allSettled(began);
  await bench.advance(choose(3) * 1000);
};

test.each([
  ['memory', inMemory],
  ['a store', overStore],
] as const)('what %s says is finished is what is there, also after a disk that fails now and then', async (_, open) => {
  for (let seed = 1; seed <= 20; seed++) {
    const disk = await open();
    const random = seededRandom(seed);
    const choose = (below: number): number => (random.bytes(1)[0] ?? 0) % below;
    const bench = new BrokerBench(
      {
        open: async (environment) => new EmbeddedBroker({ ...environment, journal: disk.journal }),
        close: async () => undefined,
      },
      { retention: { finishedMs: 20_000, finishedBytes: 30_000, deadLetterMs: 40_000, everyMs: 3000 } },
    );
    await bench.start();
    for (let count = 0; count < 60; count++) {
      await round(bench, disk, choose);
      const { bytes, wrong } = recount(disk);
      expect({ seed, count, bytes: disk.journal.finishedBytes, wrong }).toEqual({ seed, count, bytes, wrong: [] });
    }
    bench.failures.splice(0);
    await bench.close();
  }
});
