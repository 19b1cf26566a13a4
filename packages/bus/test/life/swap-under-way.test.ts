import { StoreError, sha256 } from '@charterbus/core-models';
import { createMemoryCounters, createMemoryLedger } from '@charterbus/metering';
import { ruleSnapshot, rulesConstitution, snapshotConstitution } from '@charterbus/policy-client/testing';
import { createMemoryRegistry } from '@charterbus/registry';
import { openMemoryStore } from '@charterbus/store';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { SqliteJournal } from '../../src/broker/sqlite-journal.js';
import { busNamespace } from '../../src/broker/sqlite-schema.js';
import { lifeNamespace, SqliteRecords } from '../../src/life/sqlite-records.js';
import { SqliteTopicRecords, topicsNamespace } from '../../src/topics/sqlite-topic-records.js';
import { FlakyStore } from '../support/flaky-store.js';
import { firstCall, plainRules, refusal, startBus, startFleet, toWorker, turn } from '../support/fleet.js';

/** Answers when it is told to, and knows when it was closed. */
const slowConstitution = (clock: Parameters<typeof snapshotConstitution>[1]) => {
  const snapshot = ruleSnapshot(plainRules);
  const asked = firstCall<undefined>();
  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  let closed = false;
  const constitution = snapshotConstitution(
    {
      policies: snapshot.policies,
      evaluate: async (request, signal) => {
        asked.call(undefined);
        await goOn;
        return snapshot.evaluate(request, signal);
      },
      close: () => {
        closed = true;
        return snapshot.close();
      },
    },
    { ...clock, hash: sha256('slow'), manifest: { thresholds: { judgementMilliseconds: 60_000 } } },
  );
  return { constitution, asked: asked.called, goOn: resolve, isClosed: () => closed };
};

const swift = rulesConstitution([...plainRules, { id: 'newer', effect: 'permit' }]);

test('a message that is judged while another constitution comes into force is judged again under that one', async () => {
  const slow = slowConstitution({});
  const fleet = await startFleet({ constitution: slow.constitution });
  const sending = fleet.planner.send(toWorker());
  await slow.asked;
  const { constitution } = fleet.bus.operations;
  const { hash } = constitution.stageLoaded(rulesConstitution([...plainRules, { id: 'newer', effect: 'permit' }]));
  const activation = await constitution.activate(hash, { why: 'now' });
  slow.goOn();
  const receipt = await sending;
  expect(receipt.verdicts.map(({ binds }) => binds.constitutionDigest)).toEqual([hash, hash]);
  expect(receipt.constitutionalHash).toBe(activation.shortHash);
  // It states what it was accepted under, not what was in force when it came.
  expect((await fleet.bus.operations.trace(receipt.messageId)).message.constitutionalHash).toBe(activation.shortHash);
});

test('one that was superseded is closed when no judgement is in it any more, and its predecessor stays for a rollback', async () => {
  const slow = slowConstitution({});
  const fleet = await startFleet({ constitution: slow.constitution });
  const sending = fleet.planner.send(toWorker());
  await slow.asked;
  const { constitution } = fleet.bus.operations;
  for (const id of ['second', 'third']) {
    const { hash } = constitution.stageLoaded(rulesConstitution([...plainRules, { id, effect: 'permit' }]));
    await constitution.activate(hash, { why: id });
  }
  expect(slow.isClosed()).toBe(false);
  slow.goOn();
  await sending;
  await turn();
  expect(slow.isClosed()).toBe(true);
});

const overFlakyStore = async () => {
  const namespaces = [busNamespace, lifeNamespace, topicsNamespace];
  const store = new FlakyStore(await openMemoryStore({ namespaces }));
  const started = await startBus({
    rules: plainRules,
    backend: async (environment) => ({
      broker: new EmbeddedBroker({ ...environment, journal: await SqliteJournal.open(store) }),
      registry: createMemoryRegistry(environment),
      records: new SqliteRecords(store),
      topics: new SqliteTopicRecords(store),
      usage: { sources: [], ledger: createMemoryLedger(), counters: createMemoryCounters() },
      close: () => store.close(),
    }),
  });
  return { store, ...started };
};

test('an activation that cannot be recorded has not happened', async () => {
  const { bus, store } = await overFlakyStore();
  const { constitution } = bus.operations;
  const before = bus.constitution;
  const { hash } = constitution.stageLoaded(swift);
  store.refuses = () => true;
  const failure = await refusal(constitution.activate(hash, { why: 'now' }));
  store.refuses = () => false;
  expect(failure).toBeInstanceOf(StoreError);
  expect(bus.constitution).toBe(before);
  expect(constitution.history).toHaveLength(1);
  await constitution.activate(hash, { why: 'then' });
  expect(bus.constitution.hash).toBe(hash);
});

test('what is revoked stops being in force also where the end of it cannot be recorded', async () => {
  const { bus, store } = await overFlakyStore();
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  await bus.register({ tenant: 'acme', id: 'worker' });
  const { constitution } = bus.operations;
  const { hash } = bus.constitution;
  store.refuses = (unit) => unit.some(({ statement }) => statement === 'activation');
  expect(await refusal(constitution.revoke(hash, { why: 'forged' }))).toBeInstanceOf(StoreError);
  expect((await refusal(planner.send(toWorker()))).code).toBe('CONSTITUTION_REVOKED');
  store.refuses = () => false;
  expect(await constitution.revoke(hash, { why: 'forged' })).toMatchObject({ kind: 'revoke', number: 2 });
  const staged = constitution.stageLoaded(rulesConstitution([...plainRules, { id: 'right', effect: 'permit' }]));
  await constitution.activate(staged.hash, { why: 'the right one' });
  expect((await planner.send(toWorker())).status).toBe('accepted');
});
