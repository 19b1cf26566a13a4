import { expect, test } from 'vitest';
import { claimAll, refusal, startBus, startFleet, toWorker } from '../support/fleet.js';

const judgeRules = [
  { id: 'all', effect: 'permit' },
  { id: 'not-to-judges', effect: 'forbid', point: 'receive', recipientRole: 'judicial' },
] as const;

const startCourt = async () => {
  const { bus } = await startBus({ rules: judgeRules });
  const { handle: sender } = await bus.register({ tenant: 'acme', id: 'sender' });
  const { handle: clerk } = await bus.register({ tenant: 'acme', id: 'clerk' });
  const { handle: judge } = await bus.register({ tenant: 'acme', id: 'judge', role: 'judicial' });
  return { bus, sender, clerk, judge };
};

test('everyone is everyone else in the tenant', async () => {
  const { planner, worker, stranger } = await startFleet();
  const receipt = await planner.broadcast({ type: 'event', content: 'hello' });
  expect(receipt.recipients).toEqual({ allowed: 1, held: 0, denied: 0 });
  expect(await claimAll(worker)).toHaveLength(1);
  expect(await claimAll(planner)).toEqual([]);
  expect(await claimAll(stranger)).toEqual([]);
});

test('with several recipients each is judged; the receipt counts them', async () => {
  const { sender, clerk, judge, bus } = await startCourt();
  const receipt = await sender.broadcast({ type: 'event', content: 'hello' });
  expect(receipt).toMatchObject({ status: 'accepted', recipients: { allowed: 1, held: 0, denied: 1 } });
  expect(await claimAll(clerk)).toHaveLength(1);
  expect(await claimAll(judge)).toEqual([]);
  expect((await bus.operations.trace(receipt.messageId)).deliveries).toHaveLength(1);
});

test('atomic: one denial denies all', async () => {
  const { sender, clerk } = await startCourt();
  const error = await refusal(sender.broadcast({ type: 'event', content: 'hello', atomic: true }));
  expect([error.code, error.details['reasons']]).toEqual(['POLICY_DENIED', ['not-to-judges']]);
  expect(await claimAll(clerk)).toEqual([]);
});

test('a message that every recipient is denied is an error for its sender', async () => {
  const { sender, clerk, bus } = await startCourt();
  await bus.operations.unregister({ tenant: 'acme', agent: 'clerk' });
  expect((await refusal(sender.broadcast({ type: 'event', content: 1 }))).code).toBe('POLICY_DENIED');
  expect((await refusal(clerk.broadcast({ type: 'event', content: 1 }))).code).toBe('CREDENTIAL_REFUSED');
});

test('a message to nobody is an error for its sender', async () => {
  const { bus } = await startBus();
  const { handle: hermit } = await bus.register({ tenant: 'cave', id: 'hermit' });
  expect((await refusal(hermit.broadcast({ type: 'event', content: 'anyone?' }))).code).toBe('RECIPIENT_UNREACHABLE');
});

test('a message is immutable: what one recipient tries reaches no other, and not the sender', async () => {
  const { bus, planner, worker } = await startFleet();
  const { handle: second } = await bus.register({ tenant: 'acme', id: 'second' });
  const content = { list: [1], nested: { deep: true } };
  await planner.broadcast({ type: 'event', content });
  content.list.push(2);
  const [first] = await claimAll(worker);
  expect(() => Object.assign(first?.message.content as object, { list: [] })).toThrow(TypeError);
  const [other] = await claimAll(second);
  expect(other?.message.content).toEqual({ list: [1], nested: { deep: true } });
});

test('a batch gives a result for each message, in order', async () => {
  const { planner, worker } = await startFleet();
  const results = await planner.sendBatch([
    toWorker(),
    toWorker({ type: 'heartbeat' }),
    { ...toWorker(), to: { agent: 'worker', tenant: 'rival' } },
    toWorker(),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['accepted', 'refused', 'refused', 'accepted']);
  expect(await claimAll(worker)).toHaveLength(2);
  expect((await refusal(planner.sendBatch([]))).code).toBe('REQUEST_INVALID');
});
