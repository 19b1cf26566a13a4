import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import type { AgentHandle } from '../../src/index.js';
import { claimAll, refusal, startFleet, toWorker } from '../support/fleet.js';
import { deskConstitution, doOnce } from '../support/refund-desk.js';

const day = 86_400_000;

/** What is known of a conversation is forgotten after seven days. */
const startDesk = () => {
  const clock = new ManualClock();
  return startFleet({ constitution: deskConstitution({ clock }) });
};

const cancelLater = (planner: AgentHandle, deliverAt: number) =>
  planner.send({
    to: { agent: 'worker' },
    type: 'task_request',
    content: { tool: 'cancel', order: 'a' },
    conversationId: 'a',
    deliverAt,
  });

const claimProof = async (agent: AgentHandle) => {
  const [delivery] = await claimAll(agent);
  return { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
};

test('a message that was put off is judged again at its moment, as if it were sent then', async () => {
  const { bus, planner, worker, clock } = await startDesk();
  await cancelLater(planner, clock.now() + 8 * day);
  clock.advance(7 * day);
  await doOnce(planner, 'refund', 'a');
  await worker.ack(await claimProof(worker));
  clock.advance(day);
  expect(await claimAll(worker)).toEqual([]);
  expect((await bus.operations.deadLetters()).items).toMatchObject([{ reason: 'POLICY_DENIED' }]);
});

test('by its moment it is known to what comes after it', async () => {
  const { planner, worker, clock } = await startDesk();
  await cancelLater(planner, clock.now() + 8 * day);
  clock.advance(8 * day);
  expect(await claimAll(worker)).toHaveLength(1);
  expect((await refusal(doOnce(planner, 'refund', 'a'))).code).toBe('POLICY_DENIED');
});

test('a redriven call is judged again as a call, not only as something received', async () => {
  const { bus, planner, worker, clock } = await startDesk();
  await doOnce(planner, 'cancel', 'a');
  const proof = await claimProof(worker);
  await worker.reject(proof);
  clock.advance(7 * day);
  await doOnce(planner, 'refund', 'a');
  expect(await claimAll(worker)).toHaveLength(1);
  await bus.operations.redrive(proof.deliveryId);
  expect(await claimAll(worker)).toEqual([]);
  expect((await bus.operations.deadLetters()).items).toMatchObject([{ id: proof.deliveryId, reason: 'POLICY_DENIED' }]);
});

test('nobody puts a message off for longer than thirty days', async () => {
  const { planner, clock } = await startDesk();
  const error = await refusal(planner.send({ ...toWorker(), deliverAt: clock.now() + 30 * day + 1 }));
  expect([error.code, error.details['issues']]).toEqual([
    'MESSAGE_INVALID',
    [{ path: 'deliverAt', message: 'is more than 30 days ahead' }],
  ]);
});

test('nobody of another tenant can stand in the way of a key', async () => {
  const { planner, stranger, worker } = await startFleet({
    rules: [
      { id: 'all', effect: 'permit', point: 'send' },
      { id: 'received', effect: 'permit', point: 'receive' },
    ],
  });
  const orderingKey = 'order-7';
  await stranger.send({ ...toWorker({ to: { agent: 'worker', tenant: 'acme' } }), orderingKey });
  await planner.send({ ...toWorker(), orderingKey });
  expect(await claimAll(worker)).toHaveLength(2);
});
