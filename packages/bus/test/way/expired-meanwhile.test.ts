import { snapshotConstitution } from '@charterbus/policy-client/testing';
import { expect, test, vi } from 'vitest';
import { claimAll, firstCall, startFleet, toWorker, turn } from '../support/fleet.js';

const allow = { decision: 'allow', policies: ['all'], errors: [] } as const;

/** A message that expires in a minute, and must be judged again by an engine that takes its time. */
const startSlow = async () => {
  const asked = firstCall<undefined>();
  const answer = Promise.withResolvers<typeof allow>();
  let slow = false;
  const constitution = snapshotConstitution({
    policies: [{ id: 'all', effect: 'permit', digest: 'a'.repeat(64), file: 'all.cedar', line: 1, annotations: {} }],
    evaluate: () => {
      if (!slow) return allow;
      asked.call(undefined);
      return answer.promise;
    },
    close: () => Promise.resolve(),
  });
  const fleet = await startFleet({ constitution });
  const expiresAt = new Date(fleet.clock.now() + 60_000).toISOString();
  const { messageId } = await fleet.planner.send(toWorker({ expiresAt }));
  const [delivery] = await claimAll(fleet.worker);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  await fleet.worker.reject(proof, 'later');
  await fleet.bus.operations.redrive(proof.deliveryId);
  slow = true;
  const expire = (): void => {
    // By the clock on the wall alone: the deadline of the judgement is not over.
    fleet.clock.jump(60_000);
    answer.resolve(allow);
  };
  return { ...fleet, messageId, asked: asked.called, expire };
};

test('a handler is not given what expired while it was judged', async () => {
  const { bus, worker, messageId, asked, expire } = await startSlow();
  const handler = vi.fn<() => undefined>();
  worker.handle(handler);
  await asked;
  expire();
  for (let count = 0; count < 20; count++) await turn();
  expect(handler).not.toHaveBeenCalled();
  expect((await bus.operations.trace(messageId)).deliveries).toMatchObject([
    { state: 'dead', reason: 'MESSAGE_EXPIRED' },
  ]);
});

test('nor is whoever claims', async () => {
  const { bus, worker, messageId, asked, expire } = await startSlow();
  const claimed = claimAll(worker);
  await asked;
  expire();
  expect(await claimed).toEqual([]);
  expect((await bus.operations.trace(messageId)).deliveries).toMatchObject([
    { state: 'dead', reason: 'MESSAGE_EXPIRED' },
  ]);
});
