import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, plainRules, refusal, sendHeld, startBus, startFleet, toWorker } from '../support/fleet.js';

/** Sends under one constitution, restarts under another, and claims as the worker. */
const acrossRestart = async (before: readonly Rule[], after: readonly Rule[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-grant-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const first = await startBus({ rules: before, backend: sqliteBackend({ directory }) });
  const { handle: planner } = await first.bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const receipt = await planner.send(toWorker());
  await first.bus.drain(0);
  const { bus } = await startBus({ rules: after, backend: sqliteBackend({ directory }) });
  return { bus, receipt, worker: bus.connect(token) };
};

const forbidReceive: readonly Rule[] = [...plainRules, { id: 'closed', effect: 'forbid', point: 'receive' }];

test('a queued message is judged again under a changed constitution: denied, it becomes a dead letter', async () => {
  const { bus, receipt, worker } = await acrossRestart(plainRules, forbidReceive);
  expect(await claimAll(worker)).toEqual([]);
  expect((await bus.operations.deadLetters()).items).toMatchObject([
    { messageId: receipt.messageId, reason: 'POLICY_DENIED' },
  ]);
  expect((await bus.operations.trace(receipt.messageId)).deliveries[0]?.verdict.reasons).toEqual(['closed']);
});

test('allowed again, it is given under the newer verdict', async () => {
  const { bus, receipt, worker } = await acrossRestart(plainRules, [
    ...plainRules,
    { id: 'more', effect: 'permit', point: 'receive' },
  ]);
  const [delivery] = await claimAll(worker);
  expect(delivery?.verdict.binds.constitutionDigest).toBe(bus.constitution.hash);
  expect(delivery?.verdict.policies).toContain('more');
  expect((await bus.operations.trace(receipt.messageId)).deliveries[0]?.history.map(({ kind }) => kind)).toContain(
    'judged-again',
  );
});

test('escalated, it is held, and a release gives it', async () => {
  const { bus, receipt, worker } = await acrossRestart(plainRules, [
    ...plainRules.filter(({ id }) => id !== 'receive'),
    { id: 'ask-first', effect: 'permit', point: 'receive', escalate: 'look' },
  ]);
  expect(await claimAll(worker)).toEqual([]);
  expect((await bus.operations.trace(receipt.messageId)).status).toBe('pending_deliberation');
  await bus.operations.release(receipt.messageId, 'looked');
  const [delivery] = await claimAll(worker);
  expect([delivery?.attempt, delivery?.verdict.approved]).toEqual([1, ['ask-first']]);
});

test('under the same constitution nothing is judged again', async () => {
  const { bus, receipt, worker } = await acrossRestart(plainRules, plainRules);
  expect(await claimAll(worker)).toHaveLength(1);
  expect((await bus.operations.trace(receipt.messageId)).deliveries[0]?.history.map(({ kind }) => kind)).toEqual([
    'granted',
  ]);
});

test('a redriven dead letter is judged again', async () => {
  const { bus, planner, worker } = await startFleet();
  const { messageId } = await planner.send(toWorker());
  const [delivery] = await claimAll(worker);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  await worker.reject(proof, 'later');
  expect(await bus.operations.redrive(proof.deliveryId)).toBe(messageId);
  expect(await claimAll(worker)).toHaveLength(1);
  expect((await bus.operations.trace(messageId)).deliveries[0]?.history.map(({ kind }) => kind)).toContain(
    'judged-again',
  );
});

test('a redriven dead letter has spent its approval: it is held again', async () => {
  const rules: readonly Rule[] = [
    { id: 'all', effect: 'permit', point: 'send' },
    { id: 'ask-first', effect: 'permit', point: 'receive', escalate: 'look' },
  ];
  const { bus, planner, worker } = await startFleet({ rules });
  const { messageId } = await planner.send(toWorker());
  await bus.operations.release(messageId, 'once');
  const [delivery] = await claimAll(worker);
  await worker.reject({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 }, 'broken');
  await bus.operations.redrive(delivery?.id ?? '');
  expect(await claimAll(worker)).toEqual([]);
  expect((await bus.operations.trace(messageId)).status).toBe('pending_deliberation');
});

test('what waits for an agent that is unregistered goes to nobody, also not to its successor', async () => {
  const { bus, planner, worker } = await startFleet();
  const { messageId } = await planner.send(toWorker());
  const held = await sendHeld(planner);
  await claimAll(worker);
  await bus.operations.unregister({ tenant: 'acme', agent: 'worker' });
  const { handle: successor } = await bus.register({ tenant: 'acme', id: 'worker' });
  expect(await claimAll(successor)).toEqual([]);
  expect((await bus.operations.trace(messageId)).deliveries[0]).toMatchObject({
    state: 'dead',
    reason: 'RECIPIENT_UNREACHABLE',
  });
  expect((await refusal(bus.operations.release(held.messageId, 'ok'))).code).toBe('MESSAGE_NOT_HELD');
  await expect(successor.trace(messageId)).rejects.toThrow(
    expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }) as Error,
  );
});
