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

/** What a program of a version left behind. The first line of the script names its messages. */
const leftBy = async (version: number) => {
  const script = await readFile(join(import.meta.dirname, `../support/stores/version-${version}.sql`), 'utf8');
  return {
    version,
    script,
    idOf: (name: string): string => new RegExp(`\\b${name} ([0-9a-f-]{36})`).exec(script)?.[1] ?? '',
    nameOf: (id: string): string => new RegExp(`(\\w+) ${id}`).exec(script)?.[1] ?? '',
  };
};

type Left = Awaited<ReturnType<typeof leftBy>>;

/** A broker over what was left behind. */
const openOlder = async ({ version, script }: Left) => {
  const directory = temporaryDirectory();
  const before = { ...busNamespace, migrations: busNamespace.migrations.slice(0, version), writes: {}, reads: {} };
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

const older = [await leftBy(3), await leftBy(4)];

test.each(older)('what version $version left is there: messages, where they stand, and their leaves', async (left) => {
  const { idOf, nameOf } = left;
  const { broker } = await openOlder(left);
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

test.each(older)('work that version $version left goes on', async (left) => {
  const { idOf, nameOf } = left;
  const bench = await openOlder(left);
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

test('leaves of a message that version 4 had dropped are found, and new ones follow the last', async () => {
  const left = await leftBy(4);
  const bench = await openOlder(left);
  const { reader } = bench.broker;
  const leaves = await reader.leaves(left.idOf('gone'));
  expect(leaves.map((leaf) => readLeaf(leaf))).toMatchObject([
    { kind: 'admission', message: left.idOf('gone') },
    { kind: 'settlement', event: 'delivered' },
  ]);
  const count = await reader.leafCount();
  const { envelope } = await bench.append();
  expect((await reader.leaves(envelope.message.id)).map(({ index }) => index)).toEqual([count]);
});
