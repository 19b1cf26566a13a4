import { expect, test } from 'vitest';
import { claimAll, startFleet, toWorker, turn } from '../support/fleet.js';

const notFound = expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }) as Error;
const gone = expect.objectContaining({ code: 'MESSAGE_GONE' }) as Error;

const deliver = async (handle: Parameters<typeof claimAll>[0]) => {
  for (const { id, fencingToken } of await claimAll(handle)) await handle.ack({ deliveryId: id, fencingToken });
};

test('sender, recipient and operator see the way of a message; others see none', async () => {
  const { bus, planner, worker, stranger } = await startFleet();
  const { handle: bystander } = await bus.register({ tenant: 'acme', id: 'bystander' });
  const { messageId } = await planner.send(toWorker());
  expect((await planner.trace(messageId)).status).toBe('pending');
  await expect(worker.trace(messageId)).rejects.toThrow(notFound);
  await deliver(worker);
  expect((await worker.trace(messageId)).status).toBe('delivered');
  for (const other of [bystander, stranger]) await expect(other.trace(messageId)).rejects.toThrow(notFound);
  expect((await bus.operations.trace(messageId)).leaves.map(({ leaf }) => leaf)).toMatchObject([
    { kind: 'admission' },
    { event: 'delivered' },
  ]);
});

test('only operators see leaves; a recipient sees its own delivery alone', async () => {
  const { bus, planner, worker } = await startFleet();
  const { handle: second } = await bus.register({ tenant: 'acme', id: 'second' });
  const { messageId } = await planner.broadcast({ type: 'event', content: 1 });
  await deliver(worker);
  await deliver(second);
  expect((await planner.trace(messageId)).deliveries).toHaveLength(2);
  expect(await worker.trace(messageId)).toMatchObject({
    deliveries: [{ recipient: { agent: 'worker' } }],
    recipients: { allowed: 1 },
  });
  expect((await worker.trace(messageId)).leaves).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }]);
});

test('a message that is no longer kept is gone for its parties, and nothing for others', async () => {
  const retention = { finishedMs: 1000, finishedBytes: 1e9, deadLetterMs: 1000, everyMs: 1000 };
  const { bus, planner, worker, stranger, clock } = await startFleet({ delivery: { retention } });
  const { messageId } = await planner.send(toWorker());
  await deliver(worker);
  for (let sweep = 0; sweep < 3; sweep++) {
    clock.advance(1000);
    await turn();
  }
  for (const party of [planner, worker]) await expect(party.trace(messageId)).rejects.toThrow(gone);
  await expect(bus.operations.trace(messageId)).rejects.toThrow(gone);
  await expect(stranger.trace(messageId)).rejects.toThrow(notFound);
});

test('listings page from the newest', async () => {
  const { bus, planner } = await startFleet();
  const sent: string[] = [];
  for (let count = 0; count < 5; count++) sent.push((await planner.send(toWorker())).messageId);
  const first = await bus.operations.messages({ limit: 3 });
  const second = await bus.operations.messages({
    limit: 3,
    ...(first.next === undefined ? {} : { before: first.next }),
  });
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(sent.toReversed());
  expect(second.next).toBeUndefined();
  await expect(bus.operations.messages({ limit: 0 })).rejects.toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error,
  );
});
