import { snapshotConstitution } from '@charterbus/policy-client/testing';
import { expect, test, vi } from 'vitest';
import { claimAll, firstCall, startFleet, toWorker, turn } from '../support/fleet.js';

const allow = { decision: 'allow', policies: ['all'], errors: [] } as const;

/** A message that must be judged again, and an engine that takes its time over it. */
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
  const { messageId } = await fleet.planner.send(toWorker());
  const [delivery] = await claimAll(fleet.worker);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  await fleet.worker.reject(proof, 'later');
  await fleet.bus.operations.redrive(proof.deliveryId);
  slow = true;
  return { ...fleet, messageId, asked: asked.called, answer: () => answer.resolve(allow) };
};

test('a drain in the middle of a judgement does not make a dead letter of the message', async () => {
  const { bus, clock, worker, messageId, asked } = await startSlow();
  worker.handle(() => undefined);
  await asked;
  const draining = bus.drain(1000);
  clock.advance(1000);
  expect(await draining).toMatchObject({ clean: false, leased: 1 });
  expect((await bus.operations.trace(messageId)).deliveries).toMatchObject([{ state: 'queued' }]);
});

test('a handler that was stopped while its next message was judged is not given it', async () => {
  const { worker, asked, answer } = await startSlow();
  const handler = vi.fn<() => undefined>();
  const subscription = worker.handle(handler);
  await asked;
  const stopped = subscription.stop();
  answer();
  await stopped;
  for (let count = 0; count < 10; count++) await turn();
  expect(handler).not.toHaveBeenCalled();
  expect((await claimAll(worker)).map(({ attempt }) => attempt)).toEqual([1]);
});
