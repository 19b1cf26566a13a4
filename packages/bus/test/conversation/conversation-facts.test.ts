import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@charterbus/core-models';
import { expect, onTestFinished, test } from 'vitest';
import { conversationLimits } from '../../src/conversation/remembered-fact.js';
import { createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, refusal, startFleet } from '../support/fleet.js';
import { deskConstitution, doOnce } from '../support/refund-desk.js';

const startDesk = async (options: Partial<Parameters<typeof deskConstitution>[0]> = {}) => {
  const clock = new ManualClock();
  return startFleet({ constitution: deskConstitution({ clock, ...options }) });
};

test('what was allowed is known to what comes next, in the same conversation only', async () => {
  const { planner } = await startDesk();
  await doOnce(planner, 'cancel', 'a', 'one');
  expect((await refusal(doOnce(planner, 'refund', 'a', 'one'))).code).toBe('POLICY_DENIED');
  await doOnce(planner, 'refund', 'b', 'one');
  await doOnce(planner, 'refund', 'a', 'other');
});

test('what was denied makes nothing known', async () => {
  const { planner, worker } = await startDesk();
  const toNobody = { to: { agent: 'nobody' }, type: 'task_request', content: { tool: 'cancel', order: 'a' } } as const;
  expect((await refusal(planner.send({ ...toNobody, conversationId: 'one' }))).code).toBe('RECIPIENT_UNREACHABLE');
  await doOnce(worker, 'cancel', 'a', 'one');
});

test('a conversation of the same id in another tenant is another one', async () => {
  const { planner, stranger, bus } = await startDesk();
  await doOnce(planner, 'cancel', 'a');
  await bus.register({ tenant: 'rival', id: 'desk' });
  const call = { to: { agent: 'desk' }, type: 'task_request', content: { tool: 'cancel', order: 'a' } } as const;
  await stranger.send({ ...call, conversationId: 'a' });
  expect((await refusal(stranger.send({ ...call, conversationId: 'a' }))).code).toBe('POLICY_DENIED');
});

test('outside of a conversation nothing can be told, and what is required denies before the policies are asked', async () => {
  const { planner, bus } = await startDesk();
  const call = { to: { agent: 'worker' }, type: 'task_request', content: { tool: 'cancel', order: 'a' } } as const;
  const error = await refusal(planner.send(call));
  expect(error).toMatchObject({ code: 'FACT_UNAVAILABLE', details: { reasons: ['FACT_UNAVAILABLE', 'done'] } });
  expect(error.message).toContain('(done)');
  const [verdict] = (await bus.operations.trace(String(error.details['messageId']))).verdicts;
  expect(verdict).toMatchObject({ cause: 'facts', policies: [], facts: { wanting: ['done'] } });
});

test('what is known survives a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-facts-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const open = () =>
    createBus({
      backend: sqliteBackend({ directory }),
      constitution: deskConstitution({ clock: new ManualClock() }),
      clock: new ManualClock(),
      timers: new ManualClock(),
    });
  const first = await open();
  const { token, handle } = await first.register({ tenant: 'acme', id: 'planner' });
  await first.register({ tenant: 'acme', id: 'worker' });
  await doOnce(handle, 'cancel', 'a');
  await first.drain(0);
  const second = await open();
  onTestFinished(async () => void (await second.drain(0)));
  expect((await refusal(doOnce(second.connect(token), 'refund', 'a'))).code).toBe('POLICY_DENIED');
});

test('what is held makes nothing known until its release, and of two releases one wins', async () => {
  const { planner, worker, bus } = await startDesk({ escalates: true });
  const first = await doOnce(planner, 'cancel', 'a');
  const second = await doOnce(planner, 'refund', 'a');
  expect([first.status, second.status]).toEqual(['held', 'held']);
  await Promise.all([first, second].map(({ messageId }) => bus.operations.release(messageId, 'looked')));
  const traces = await Promise.all([first, second].map(({ messageId }) => bus.operations.trace(messageId)));
  const states = traces.map(({ deliveries }) => deliveries[0]?.state);
  expect(new Set(states)).toEqual(new Set(['queued', 'refused']));
  expect(await claimAll(worker)).toHaveLength(1);
});

test('beyond what is kept nothing can be told: it is not forgotten that there was more', async () => {
  const { planner } = await startDesk();
  for (let count = 0; count < conversationLimits.facts; count++) await doOnce(planner, 'cancel', `${count}`, 'one');
  await doOnce(planner, 'cancel', 'one too many', 'one');
  expect((await refusal(doOnce(planner, 'cancel', 'another', 'one'))).code).toBe('POLICY_DENIED');
  await doOnce(planner, 'cancel', 'another', 'two');
});

test('a fact is remembered for the time that the constitution states', async () => {
  const { planner, clock } = await startDesk();
  await doOnce(planner, 'cancel', 'a');
  const keepMs = 168 * 3_600_000;
  clock.advance(keepMs - 1);
  expect((await refusal(doOnce(planner, 'cancel', 'a'))).code).toBe('POLICY_DENIED');
  clock.advance(1);
  await doOnce(planner, 'cancel', 'a');
});

test('who takes part learns which facts were read, operators their values', async () => {
  const { planner, bus } = await startDesk();
  await doOnce(planner, 'cancel', 'a');
  const error = await refusal(doOnce(planner, 'refund', 'a'));
  const messageId = String(error.details['messageId']);
  const read = ({ verdicts }: Awaited<ReturnType<typeof planner.trace>>) => verdicts[0]?.facts?.read;
  expect(read(await bus.operations.trace(messageId))).toEqual([{ name: 'done', value: 1 }]);
  expect(read(await planner.trace(messageId))).toEqual([{ name: 'done', redacted: true }]);
});

test('nobody but operators gets the digest of all facts, by which their values could be guessed', async () => {
  const { planner, worker, bus } = await startDesk();
  const receipt = await doOnce(planner, 'cancel', 'a');
  const [delivery] = await claimAll(worker);
  const digest = (await bus.operations.trace(receipt.messageId)).verdicts[0]?.facts?.digest ?? '';
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  const seen = [receipt, delivery, await planner.trace(receipt.messageId), await worker.trace(receipt.messageId)];
  expect(JSON.stringify(seen)).toContain('"redacted":true');
  expect(JSON.stringify(seen)).not.toContain(digest);
});
