import type { MetricSnapshot } from '@charterbus/metering';
import { defaultConstitutionDirectory, loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import { expect, test } from 'vitest';
import type { Bus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, type Fleet, refusal, sendHeld, startFleet, toWorker } from '../support/fleet.js';

type Told = Readonly<Record<string, number>>;

/** The series of a metric by the values of their labels; of a histogram, how many measurements. */
const told = (bus: Bus, name: string): Told => {
  const found = bus.instruments.snapshot().find(({ metric }) => metric.name === name);
  return Object.fromEntries(found === undefined ? [] : numbersOf(found).filter(([, value]) => value !== 0));
};

const numbersOf = ({ series, histogram }: MetricSnapshot): [string, number][] =>
  (series ?? []).length > 0
    ? (series ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value])
    : (histogram ?? []).map(({ labels, count }) => [Object.values(labels).join(' '), count]);

const sumOf = (bus: Bus, name: string): number =>
  (bus.instruments.snapshot().find(({ metric }) => metric.name === name)?.histogram ?? []).reduce(
    (sum, one) => sum + one.sum,
    0,
  );

/** Two are delivered, one is held, one denied, one refused, one becomes a dead letter, and one lease runs out. */
const knownRun = async ({ planner, worker, clock }: Fleet): Promise<void> => {
  const proofs = async () =>
    (await claimAll(worker)).map(({ id: deliveryId, fencingToken }) => ({ deliveryId, fencingToken }));
  await planner.send(toWorker());
  await planner.send(toWorker());
  clock.advance(200);
  const claimed = await proofs();
  clock.advance(50);
  for (const proof of claimed) await worker.ack(proof);
  await sendHeld(planner);
  await refusal(worker.send({ to: { agent: 'planner' }, type: 'command', content: 1 }));
  await refusal(planner.send({ to: { agent: 'worker' }, type: 'nonsense' as 'query', content: 1 }));
  await planner.send(toWorker({ retry: { attempts: 1 } }));
  await claimAll(worker);
  clock.advance(30_001);
  await planner.send(toWorker());
};

test('after a known run every number is what was done', async () => {
  const fleet = await startFleet();
  await knownRun(fleet);
  const { bus } = fleet;
  expect(told(bus, 'charterbus_admissions_total')).toEqual({
    'accepted none': 4,
    'held none': 1,
    'denied POLICY_DENIED': 1,
    'refused MESSAGE_INVALID': 1,
  });
  expect(told(bus, 'charterbus_admission_seconds')).toEqual({ accepted: 4, held: 1, denied: 1, refused: 1 });
  expect(told(bus, 'charterbus_verdicts_total')).toEqual({
    'send allow policy none': 4,
    'receive allow policy none': 4,
    'send escalate policy none': 1,
    'send deny policy POLICY_DENIED': 1,
  });
  expect(told(bus, 'charterbus_settlements_total')).toEqual({ delivered: 2, dead_lettered: 1 });
  expect(told(bus, 'charterbus_delivery_seconds')).toEqual({ delivered: 2, dead_lettered: 1 });
  expect(sumOf(bus, 'charterbus_delivery_seconds')).toBeCloseTo(2 * 0.05 + 30, 1);
  expect(told(bus, 'charterbus_queue_wait_seconds')).toEqual({ '': 3 });
  expect(sumOf(bus, 'charterbus_queue_wait_seconds')).toBeCloseTo(2 * 0.2, 3);
  expect(told(bus, 'charterbus_lease_expiries_total')).toEqual({ '': 1 });
  expect(told(bus, 'charterbus_dead_letters_total')).toEqual({ LEASE_EXPIRED: 1 });
  expect(told(bus, 'charterbus_queue_messages')).toEqual({ queued: 1, held: 1 });
  expect(told(bus, 'charterbus_message_bytes')).toEqual({ '': 6 });
});

test('a durable bus tells commits and their batches', async () => {
  const fleet = await startFleet({ backend: sqliteBackend({ directory: temporaryDirectory() }) });
  await Promise.all(Array.from({ length: 20 }, () => fleet.planner.send(toWorker())));
  const { bus } = fleet;
  expect(told(bus, 'charterbus_commit_seconds')).toEqual({ '': 20 });
  const commits = told(bus, 'charterbus_store_commits_total')[''] ?? 0;
  const units = told(bus, 'charterbus_store_units_total')[''] ?? 0;
  expect(units).toBeGreaterThanOrEqual(20);
  expect(commits).toBeLessThan(units);
  expect(told(bus, 'charterbus_commit_batch_units')['']).toBe(commits);
  expect(sumOf(bus, 'charterbus_commit_batch_units')).toBeCloseTo(units, 6);
});

test('judgements, engine calls and the decision cache are told', async () => {
  const constitution = await loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory));
  const { bus, planner } = await startFleet({ constitution });
  for (let count = 0; count < 3; count++) await planner.send(toWorker());
  expect(told(bus, 'charterbus_engine_call_seconds')).toEqual({ 'cedar answered': 2 });
  expect(told(bus, 'charterbus_judgement_seconds')).toEqual({ 'send cedar': 2, 'receive cedar': 2 });
  expect(told(bus, 'charterbus_decision_cache_misses_total')).toEqual({ '': 2 });
  expect(told(bus, 'charterbus_decision_cache_entries')).toEqual({ '': 2 });
  expect(bus.constitution.cacheCounts?.hits).toBe(told(bus, 'charterbus_decision_cache_hits_total')['']);
});

test('reasons in words of consumers and operators do not make series', async () => {
  const { bus, planner, worker } = await startFleet();
  for (let count = 0; count < 50; count++) {
    await planner.send(toWorker());
    for (const { id, fencingToken } of await claimAll(worker))
      await worker.reject({ deliveryId: id, fencingToken }, `made-up-${count}`);
  }
  expect(told(bus, 'charterbus_dead_letters_total')).toEqual({ other: 50 });
});

test('what fails in the background is counted by its task', async () => {
  const { bus, planner, worker } = await startFleet();
  const subscription = worker.handle(() => {
    throw new Error('no');
  });
  await planner.send(toWorker());
  await subscription.stop();
  expect(told(bus, 'charterbus_background_failures_total')).toEqual({ handler: 1 });
});
