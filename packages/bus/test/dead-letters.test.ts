import { expect, test } from 'vitest';
import { claimAll, startFleet, toWorker } from './support/fleet.js';

test('dead letters of one ordering key that are redriven together come back in their order', async () => {
  const { bus, planner, worker } = await startFleet();
  const sent: string[] = [];
  for (let count = 0; count < 4; count++) {
    const { messageId } = await planner.send({ ...toWorker(), orderingKey: 'order-7' });
    sent.push(messageId);
    for (const delivery of await claimAll(worker)) await worker.reject(proofOf(delivery));
  }
  expect(await bus.operations.redriveMany({ reason: 'REJECTED' })).toEqual({ redriven: 4, failed: {} });
  const given: string[] = [];
  for (const _ of sent) {
    const [delivery] = await claimAll(worker);
    if (delivery === undefined) break;
    given.push(delivery.message.id);
    await worker.ack(proofOf(delivery));
  }
  expect(given).toEqual(sent);
});

const proofOf = ({ id, fencingToken }: { readonly id: string; readonly fencingToken: number }) => ({
  deliveryId: id,
  fencingToken,
});
