import { encodeEnvelope } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { type Bus, memoryBackend } from '../src/index.js';
import { claimAll, startFleet, toWorker, turn } from './support/fleet.js';

const untilQuiet = async ({ counts }: { readonly counts: () => Bus['counts'] }): Promise<void> => {
  while (counts().queued + counts().leased > 0) await turn();
};

test('without a log there are no leaves, and a verdict binds the bytes all the same', async () => {
  const { bus, planner, worker } = await startFleet({ backend: memoryBackend({ log: false }) });
  for (let count = 0; count < 3; count++) await planner.send(toWorker());
  const receipt = await planner.send(toWorker());
  expect(receipt).toMatchObject({ leafIndex: -1, durability: 'memory' });
  const { message, digest, leaves } = await bus.operations.trace(receipt.messageId);
  expect([leaves, await bus.operations.leafCount()]).toEqual([[], 0]);
  expect(digest).toBe(encodeEnvelope(message).digest);
  const deliveries = await claimAll(worker);
  expect(deliveries.at(-1)?.verdict.binds.messageDigest).toBe(digest);
  const told = JSON.parse(JSON.stringify(receipt)) as typeof receipt;
  expect(told.verdicts.map(({ binds }) => binds.messageDigest)).toEqual([digest, digest]);
});

test('with a log each admission and each end has its leaf', async () => {
  const { bus, planner, worker } = await startFleet();
  worker.handle(() => undefined);
  const { leafIndex } = await planner.send(toWorker());
  await untilQuiet({ counts: () => bus.counts });
  expect([leafIndex, await bus.operations.leafCount()]).toEqual([0, 2]);
});

test('what has ended is kept while there is room for it, and no longer', async () => {
  const { bus, planner, worker } = await startFleet();
  worker.handle(() => undefined);
  const first = await planner.send(toWorker());
  for (let count = 0; count < 3000; count++) await planner.send(toWorker());
  const { messageId } = await planner.send(toWorker());
  await untilQuiet({ counts: () => bus.counts });
  expect((await bus.operations.trace(messageId)).status).toBe('delivered');
  await expect(bus.operations.trace(first.messageId)).rejects.toThrow(
    expect.objectContaining({ code: 'MESSAGE_GONE' }) as Error,
  );
});
