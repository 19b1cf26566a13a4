import type { Rule } from '@charterbus/policy-client/testing';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../src/broker/embedded-broker.js';
import { memoryBackend, type OpenBackend } from '../src/index.js';
import { FailingJournal } from './support/failing-journal.js';
import { claimAll, plainRules, refusal, sendHeld, startFleet, toWorker, turn } from './support/fleet.js';

test('an escalated message is held, and a release makes it deliverable once', async () => {
  const { bus, planner, worker } = await startFleet();
  const receipt = await sendHeld(planner);
  expect(receipt).toMatchObject({
    status: 'held',
    verdicts: [{ effect: 'escalate', escalations: [{ policy: 'governance', name: 'approval' }] }],
  });
  expect(await claimAll(worker)).toEqual([]);
  const both = await Promise.allSettled([
    bus.operations.release(receipt.messageId, 'a'),
    bus.operations.release(receipt.messageId, 'b'),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await claimAll(worker)).toHaveLength(1);
});

test('a refusal ends it with the operator’s words', async () => {
  const { bus, planner, worker } = await startFleet();
  const { messageId } = await sendHeld(planner);
  await bus.operations.refuse(messageId, 'too risky');
  expect(await planner.trace(messageId)).toMatchObject({
    status: 'failed',
    deliveries: [{ state: 'refused', reason: 'too risky' }],
  });
  expect(await claimAll(worker)).toEqual([]);
  expect((await refusal(bus.operations.release(messageId, 'after all'))).code).toBe('MESSAGE_NOT_HELD');
});

test('nobody decides: after the time that the constitution states it is denied', async () => {
  const { bus, planner, clock } = await startFleet({ manifest: { thresholds: { holdSeconds: 5 } } });
  const { messageId } = await sendHeld(planner);
  clock.advance(4999);
  expect((await bus.operations.trace(messageId)).status).toBe('pending_deliberation');
  clock.advance(1);
  await turn();
  expect((await bus.operations.trace(messageId)).deliveries[0]?.reason).toBe('HOLD_TIMED_OUT');
});

test('what was approved passes, what is new holds again, deny stays deny', async () => {
  const rules: readonly Rule[] = [
    { id: 'send-ask', effect: 'permit', point: 'send', escalate: 'first' },
    { id: 'receive-ask', effect: 'permit', point: 'receive', escalate: 'second' },
  ];
  const { bus, planner, worker } = await startFleet({ rules });
  const { messageId, verdicts } = await planner.send(toWorker());
  expect(verdicts.map(({ effect }) => effect)).toEqual(['escalate', 'escalate']);
  const released = await bus.operations.release(messageId, 'both seen');
  expect(released.deliveries).toMatchObject([{ state: 'queued' }]);
  const [delivery] = await claimAll(worker);
  expect(delivery?.verdict.approved).toEqual(['receive-ask']);
});

test('a hold whose sender is gone cannot be released', async () => {
  const { bus, planner, worker } = await startFleet();
  const { messageId } = await sendHeld(planner);
  await bus.operations.unregister({ tenant: 'acme', agent: 'planner' });
  const { deliveries } = await bus.operations.release(messageId, 'go');
  expect(deliveries).toMatchObject([{ state: 'refused', reason: 'RECIPIENT_UNREACHABLE' }]);
  expect(await claimAll(worker)).toEqual([]);
});

test('a denial at receive spares people a decision about what cannot be delivered', async () => {
  const { planner } = await startFleet({ rules: [...plainRules, { id: 'never', effect: 'forbid', point: 'receive' }] });
  const error = await refusal(sendHeld(planner));
  expect([error.code, error.details['reasons']]).toEqual(['POLICY_DENIED', ['never']]);
});

test('only what exists can be decided, with words of a bounded length', async () => {
  const { bus, planner } = await startFleet();
  const { messageId } = await sendHeld(planner);
  expect((await refusal(bus.operations.release('nothing', 'x'))).code).toBe('MESSAGE_NOT_FOUND');
  expect((await refusal(bus.operations.release(messageId, 'x'.repeat(1001)))).code).toBe('REQUEST_INVALID');
  expect((await refusal(bus.operations.refuse(messageId, ''))).code).toBe('REQUEST_INVALID');
});

test('a release decides every recipient that it can, and says what it could not; a second one decides the rest', async () => {
  const rules: readonly Rule[] = [{ id: 'ask', effect: 'permit', escalate: 'approval' }];
  const journal = new FailingJournal();
  const backend: OpenBackend = async (environment) => ({
    ...(await memoryBackend()(environment)),
    broker: new EmbeddedBroker({ ...environment, journal }),
  });
  const { bus, planner } = await startFleet({ rules, backend });
  for (const id of ['second', 'third']) await bus.register({ tenant: 'acme', id });
  const { messageId } = await planner.broadcast({ type: 'event', content: 1 });
  const states = async () => (await bus.operations.trace(messageId)).deliveries.map(({ state }) => state);
  let writes = 0;
  journal.refuses = () => ++writes === 1;
  expect((await refusal(bus.operations.release(messageId, 'go'))).code).toBe('STORE_UNAVAILABLE');
  expect(await states()).toEqual(['held', 'queued', 'queued']);
  await bus.operations.release(messageId, 'go');
  expect(await states()).toEqual(['queued', 'queued', 'queued']);
});

test('decisions are in the audit log, each with its leaf', async () => {
  const { bus, planner } = await startFleet();
  const { messageId } = await sendHeld(planner);
  await bus.operations.release(messageId, 'fine');
  const leaves = (await bus.operations.trace(messageId)).leaves.map(({ leaf }) => leaf);
  expect(leaves).toMatchObject([
    { kind: 'admission', effect: 'escalate' },
    { kind: 'settlement', event: 'released', reason: 'fine' },
  ]);
});
