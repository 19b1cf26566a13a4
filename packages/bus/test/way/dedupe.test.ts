import { expect, test } from 'vitest';
import { claimAll, firstCall, refusal, startFleet, toWorker } from '../support/fleet.js';

const keyed = toWorker({ dedupeKey: 'order-1' });

test('a repeated send gets the first receipt, and the message is delivered once', async () => {
  const { planner, worker, bus } = await startFleet();
  const first = await planner.send(keyed);
  const again = await planner.send(keyed);
  expect(again).toEqual({ ...first, duplicate: true });
  expect(await claimAll(worker)).toHaveLength(1);
  expect(await bus.operations.leafCount()).toBe(1);
});

test('twins at once share one outcome', async () => {
  const { planner, worker } = await startFleet();
  const receipts = await Promise.all([1, 2, 3].map(() => planner.send(keyed)));
  expect(new Set(receipts.map(({ messageId }) => messageId)).size).toBe(1);
  expect(await claimAll(worker)).toHaveLength(1);
});

test('another content under a used key is a conflict, also while the first is on its way', async () => {
  const { planner } = await startFleet();
  const sending = planner.send(keyed);
  expect((await refusal(planner.send({ ...keyed, content: 'other' }))).code).toBe('DEDUPE_CONFLICT');
  await sending;
  expect((await refusal(planner.send({ ...keyed, content: 'other' }))).code).toBe('DEDUPE_CONFLICT');
});

test('a key is the sender’s own', async () => {
  const { planner, worker } = await startFleet();
  await planner.send(keyed);
  const receipt = await worker.send({ ...keyed, to: { agent: 'planner' } });
  expect(receipt.duplicate).toBeUndefined();
});

test('a key may be used again when its window is over, and at once after a denial', async () => {
  const { planner, clock } = await startFleet({ dedupeMs: 1000 });
  const first = await planner.send(keyed);
  clock.advance(1000);
  expect((await planner.send({ ...keyed, content: 'other' })).messageId).not.toBe(first.messageId);
  const denied = toWorker({ type: 'heartbeat', dedupeKey: 'beat' });
  const ids = [await refusal(planner.send(denied)), await refusal(planner.send(denied))].map(
    ({ details }) => details['messageId'],
  );
  expect(new Set(ids).size).toBe(2);
});

test('a twin does not share the abort of the first: it has not given up', async () => {
  const begun = firstCall<undefined>();
  const proceed = Promise.withResolvers<undefined>();
  const slow = {
    name: 'slow',
    validate: async () => {
      begun.call(undefined);
      await proceed.promise;
      return [];
    },
  };
  const { planner, worker } = await startFleet({ validators: [slow] });
  const abort = new AbortController();
  const first = refusal(planner.send(keyed, { signal: abort.signal }));
  await begun.called;
  const twins = [planner.send(keyed), planner.send(keyed)];
  abort.abort();
  proceed.resolve(undefined);
  expect((await first).code).toBe('ABORTED');
  const receipts = await Promise.all(twins);
  expect(receipts.map(({ duplicate }) => duplicate)).toEqual([undefined, true]);
  expect(await claimAll(worker)).toHaveLength(1);
});
