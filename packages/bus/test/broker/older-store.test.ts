import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '@charterbus/store';
import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { readLeaf } from '../../src/broker/leaf.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { BrokerBench, proofOf } from '../../src/testing/bench.js';
import { temporaryDirectory } from '../support/directories.js';

const script = await readFile(join(import.meta.dirname, '../support/stores/version-3.sql'), 'utf8');
/** The script's first line names its messages. */
const idOf = (name: string): string => new RegExp(`\\b${name} ([0-9a-f-]{36})`).exec(script)?.[1] ?? '';
const nameOf = (id: string): string => new RegExp(`(\\w+) ${id}`).exec(script)?.[1] ?? '';

/** A broker over a store that a program of version 3 left behind. */
const openOlder = async () => {
  const directory = temporaryDirectory();
  const before = { ...busNamespace, migrations: busNamespace.migrations.slice(0, 3), writes: {}, reads: {} };
  await (await openSqliteStore({ directory, namespaces: [before] })).close();
  const database = new DatabaseSync(join(directory, 'store.sqlite'));
  database.exec(script);
  database.close();
  const store = await openSqliteStore({ directory, namespaces: [busNamespace] });
  const bench = new BrokerBench(
    {
      open: async (environment) => new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      close: () => store.close(),
    },
    {},
  );
  // What stands in the store is of that day.
  const left = Date.parse(/"createdAt":"([^"]+)"/.exec(script)?.[1] ?? '');
  bench.clock.jump(left - bench.clock.now());
  await bench.start();
  onTestFinished(() => bench.close());
  return bench;
};

const agent = (id: string) => ({ tenant: 'acme', agent: id });

test('what an older version left is there: messages, where they stand, and their leaves', async () => {
  const { broker } = await openOlder();
  const { reader } = broker;
  const listed = (await reader.list({ limit: 100 })).map(({ id, status }) => `${nameOf(id)} ${status}`);
  expect(listed).toEqual([
    'denied failed',
    'held pending_deliberation',
    'everyone pending',
    'queued pending',
    'leased processing',
    'dead failed',
    'delivered delivered',
  ]);
  expect((await reader.list({ status: 'failed', limit: 100 })).map(({ id }) => nameOf(id))).toEqual(['denied', 'dead']);
  const [delivered] = await reader.entries(idOf('delivered'));
  expect(delivered).toMatchObject({ state: 'delivered', attempt: 1, verdict: { effect: 'allow', point: 'receive' } });
  expect(delivered?.history.map(({ kind }) => kind)).toEqual(['granted', 'delivered']);
  expect(delivered?.verdict.binds.messageDigest).toBe((await reader.envelope(idOf('delivered')))?.digest);
  expect((await reader.message(idOf('delivered')))?.verdicts).toHaveLength(2);
  expect((await reader.leaves(idOf('delivered'))).map((leaf) => readLeaf(leaf))).toMatchObject([
    { kind: 'admission', message: idOf('delivered') },
    { kind: 'settlement', event: 'delivered' },
  ]);
  const counted = await Promise.all(
    Array.from({ length: await reader.leafCount() }, async (_, index) => (await reader.leaf(index))?.index),
  );
  expect(counted).toEqual(counted.map((_, index) => index));
});

test('work that an older version left goes on', async () => {
  const bench = await openOlder();
  const { broker } = bench;
  expect(broker.counts).toEqual({ queued: 3, leased: 1, held: 1 });
  const [queued, everyone] = await bench.claim({ recipient: agent('worker') });
  expect([queued, everyone].map((lease) => nameOf(lease?.entry.message ?? ''))).toEqual(['queued', 'everyone']);
  expect(queued?.entry).toMatchObject({ priority: 2, retry: { attempts: 7 } });
  for (const lease of [queued, everyone]) if (lease !== undefined) await broker.settle(proofOf(lease), { kind: 'ack' });
  expect((await broker.reader.message(idOf('queued')))?.status).toBe('delivered');
  const [letter] = await broker.reader.deadLetters({ recipient: agent('worker'), reason: 'hopeless', limit: 10 });
  expect(letter?.message).toBe(idOf('dead'));
  await broker.redrive(`${idOf('dead')}.0`, 'again');
  expect((await bench.claimOne({ recipient: agent('worker') })).entry).toMatchObject({ attempt: 1, judgeAgain: true });
  expect(await broker.held(idOf('held'))).toHaveLength(1);
  expect((await broker.reader.duplicate('acme', 'planner', 'k'))?.message).toBe(idOf('delivered'));
});
