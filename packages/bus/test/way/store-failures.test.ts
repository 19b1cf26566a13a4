import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { JournalWrite } from '../../src/broker/journal.js';
import { memoryBackend, type OpenBackend } from '../../src/index.js';
import { FailingJournal } from '../support/failing-journal.js';
import { claimAll, refusal, sendHeld, startFleet, toWorker, turn, untilTrace } from '../support/fleet.js';

const startFailing = async () => {
  const journal = new FailingJournal();
  const backend: OpenBackend = async (environment) => ({
    ...(await memoryBackend()(environment)),
    broker: new EmbeddedBroker({ ...environment, journal }),
  });
  return { ...(await startFleet({ backend })), journal };
};

const changesState = (state: string) => (write: JournalWrite) => write.kind === 'change' && write.entry.state === state;

test('without a commit there is no receipt and no delivery; afterwards it goes on', async () => {
  const { planner, worker, journal, bus } = await startFailing();
  journal.refuses = () => true;
  expect((await refusal(planner.send(toWorker()))).code).toBe('STORE_UNAVAILABLE');
  expect(bus.counts).toEqual({ queued: 0, leased: 0, held: 0 });
  journal.refuses = () => false;
  expect((await planner.send(toWorker({ dedupeKey: 'k' }))).leafIndex).toBe(0);
  expect(await claimAll(worker)).toHaveLength(1);
});

test('a dedupe key whose send failed may be used again', async () => {
  const { planner, journal } = await startFailing();
  journal.refuses = () => true;
  expect((await refusal(planner.send(toWorker({ dedupeKey: 'k' })))).code).toBe('STORE_UNAVAILABLE');
  journal.refuses = () => false;
  expect((await planner.send(toWorker({ dedupeKey: 'k', content: 'other' }))).duplicate).toBeUndefined();
});

test('a lease that cannot be committed is not given to a consumer outside, and the message stays', async () => {
  const { planner, worker, journal, clock } = await startFailing();
  await planner.send(toWorker());
  journal.refuses = changesState('leased');
  expect((await refusal(claimAll(worker))).code).toBe('STORE_UNAVAILABLE');
  journal.refuses = () => false;
  expect(await claimAll(worker)).toEqual([]);
  clock.advance(1000);
  await turn();
  const [delivery] = await claimAll(worker);
  expect(delivery?.attempt).toBe(1);
});

test('an ack that cannot be committed is no ack: it can be said again', async () => {
  const { planner, worker, journal, bus } = await startFailing();
  const { messageId } = await planner.send(toWorker());
  const [delivery] = await claimAll(worker);
  const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
  journal.refuses = changesState('delivered');
  expect((await refusal(worker.ack(proof))).code).toBe('STORE_UNAVAILABLE');
  expect((await bus.operations.trace(messageId)).status).toBe('processing');
  journal.refuses = () => false;
  await worker.ack(proof);
  expect((await bus.operations.trace(messageId)).status).toBe('delivered');
});

test('a release that cannot be committed leaves the hold', async () => {
  const { bus, planner, worker, journal } = await startFailing();
  const { messageId } = await sendHeld(planner);
  journal.refuses = () => true;
  expect((await refusal(bus.operations.release(messageId, 'x'))).code).toBe('STORE_UNAVAILABLE');
  journal.refuses = () => false;
  await bus.operations.release(messageId, 'x');
  expect(await claimAll(worker)).toHaveLength(1);
});

test('a handler outlives the disk’s bad moment', async () => {
  const { bus, planner, worker, journal, clock, failures } = await startFailing();
  const seen: unknown[] = [];
  worker.handle((message) => void seen.push(message.content));
  journal.refuses = changesState('delivered');
  const { messageId } = await planner.send(toWorker());
  for (let count = 0; count < 20; count++) await turn();
  expect(failures).toContain('handler: STORE_UNAVAILABLE');
  journal.refuses = () => false;
  clock.advance(30_000);
  await untilTrace(bus, messageId, 'delivered');
  expect(seen).toHaveLength(2);
});

test('a hold whose end cannot be written ends when the disk is well again', async () => {
  const { bus, planner, journal, clock } = await startFailing();
  const { messageId } = await sendHeld(planner);
  journal.refuses = changesState('refused');
  clock.advance(300_000);
  await turn();
  expect((await bus.operations.trace(messageId)).status).toBe('pending_deliberation');
  journal.refuses = () => false;
  clock.advance(1000);
  await untilTrace(bus, messageId, 'failed');
});
