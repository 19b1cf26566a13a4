import { type Receipt } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { claimAll, firstCall, refusal, startFleet, toWorker, turn, untilTrace } from '../support/fleet.js';

const governance = { to: { agent: 'worker' }, type: 'governance_request', content: 1 } as const;

test('a request is answered by what the handler returns', async () => {
  const { planner, worker } = await startFleet();
  worker.handle((message) => ({ answer: message.content }));
  const reply = await planner.request(toWorker({ conversationId: 'c-1' }));
  expect(reply).toMatchObject({
    from: 'worker',
    type: 'response',
    conversationId: 'c-1',
    content: { answer: { question: 'ready?' } },
  });
});

test('each request gets its own reply, and none goes to the requester’s handler', async () => {
  const { planner, worker } = await startFleet();
  const strays: unknown[] = [];
  planner.handle((message) => void strays.push(message));
  worker.handle((message) => message.content);
  const replies = await Promise.all([1, 2, 3].map((content) => planner.request(toWorker({ content }))));
  expect(replies.map(({ content }) => content)).toEqual([1, 2, 3]);
  expect(strays).toEqual([]);
});

test('a denial rejects at once', async () => {
  const { planner } = await startFleet();
  expect((await refusal(planner.request(toWorker({ type: 'heartbeat' })))).code).toBe('POLICY_DEFAULT_DENY');
});

test('without a reply in time the request fails; a late reply is a dead letter, until an operator wants it given', async () => {
  const { bus, planner, worker, clock } = await startFleet();
  const received = firstCall<Receipt>();
  const requested = refusal(
    planner.request(toWorker(), { timeoutMs: 1000, onReceipt: (receipt) => received.call(receipt) }),
  );
  const { messageId } = await received.called;
  clock.advance(1000);
  expect((await requested).code).toBe('REPLY_TIMEOUT');
  const late = { to: { agent: 'planner' }, type: 'response', content: 'late', inReplyTo: messageId } as const;
  await worker.send(late);
  await turn();
  expect(await claimAll(planner)).toEqual([]);
  const { items } = await bus.operations.deadLetters();
  expect(items).toMatchObject([{ reason: 'REPLY_LATE', recipient: { tenant: 'acme', agent: 'planner' } }]);
  await bus.operations.redrive(items[0]?.id ?? '');
  expect(await claimAll(planner)).toHaveLength(1);
});

test('what somebody answers that was no request, or somebody else answers, is a message like any other', async () => {
  const { bus, planner, worker, clock } = await startFleet();
  const { handle: third } = await bus.register({ tenant: 'acme', id: 'third' });
  const { messageId: plain } = await planner.send(toWorker());
  const received = firstCall<Receipt>();
  const requested = refusal(
    planner.request(toWorker(), { timeoutMs: 1000, onReceipt: (receipt) => received.call(receipt) }),
  );
  const { messageId } = await received.called;
  clock.advance(1000);
  await requested;
  const answer = { to: { agent: 'planner' }, type: 'response', content: 1 } as const;
  await worker.send({ ...answer, inReplyTo: plain });
  await third.send({ ...answer, inReplyTo: messageId });
  await turn();
  expect(await claimAll(planner)).toHaveLength(2);
});

test('an abort ends the waiting and withdraws a hold, so that a release comes too late', async () => {
  const { bus, planner } = await startFleet();
  const abort = new AbortController();
  const received = firstCall<Receipt>();
  const requested = refusal(
    planner.request(governance, { signal: abort.signal, onReceipt: (receipt) => received.call(receipt) }),
  );
  const receipt = await received.called;
  expect(receipt.status).toBe('held');
  abort.abort();
  expect((await requested).code).toBe('ABORTED');
  await untilTrace(bus, receipt.messageId, 'failed');
  expect((await bus.operations.trace(receipt.messageId)).deliveries[0]?.reason).toBe('HOLD_WITHDRAWN');
  expect((await refusal(bus.operations.release(receipt.messageId, 'x'))).code).toBe('MESSAGE_NOT_HELD');
});

test('a held request that is released gets its reply; one that is refused fails with the reason', async () => {
  const { bus, planner, worker } = await startFleet();
  worker.handle(() => undefined);
  const released = firstCall<Receipt>();
  const waiting = planner.request(governance, { onReceipt: (receipt) => released.call(receipt) });
  const { messageId } = await released.called;
  await bus.operations.release(messageId, 'go');
  await worker.send({ to: { agent: 'planner' }, type: 'response', content: 'done', inReplyTo: messageId });
  expect((await waiting).content).toBe('done');
  const refused = firstCall<Receipt>();
  const failing = refusal(planner.request(governance, { onReceipt: (receipt) => refused.call(receipt) }));
  await bus.operations.refuse((await refused.called).messageId, 'too much');
  expect([(await failing).code, (await failing).details['reasons']]).toEqual(['HOLD_REFUSED', ['too much']]);
});

test('a request whose message becomes a dead letter fails at once', async () => {
  const { planner, worker } = await startFleet();
  worker.handle((_message, delivery) => delivery.reject('cannot'));
  const error = await refusal(planner.request(toWorker()));
  expect([error.code, error.details['reasons']]).toEqual(['DELIVERY_FAILED', ['cannot']]);
});

test('a reply that the policies deny does not reach the requester', async () => {
  const { planner, worker, failures } = await startFleet();
  worker.handle(() => 'no role, no answer');
  const rules = planner.request({ ...toWorker(), type: 'command' }, { timeoutMs: 1000 });
  expect((await rules).content).toBe('no role, no answer');
  expect(failures).toEqual([]);
});

test('only the one who was asked for it can answer in the requester’s place', async () => {
  const { bus, planner, worker } = await startFleet();
  const { handle: second } = await bus.register({ tenant: 'acme', id: 'second', role: 'executive' });
  const received = firstCall<Receipt>();
  const waiting = planner.request(toWorker(), { onReceipt: (receipt) => received.call(receipt) });
  const { messageId } = await received.called;
  // A reply to another agent that names the request is not a reply to this requester.
  await worker.send({ to: { agent: 'second' }, type: 'response', content: 'x', inReplyTo: messageId });
  expect(await claimAll(second)).toHaveLength(1);
  await worker.send({ to: { agent: 'planner' }, type: 'response', content: 'real', inReplyTo: messageId });
  expect((await waiting).content).toBe('real');
});

test('a request goes to one agent, within bounds of time, and is no repetition', async () => {
  const { planner, worker } = await startFleet();
  worker.handle(() => 1);
  expect((await refusal(planner.request({ ...toWorker(), to: { everyone: true } }))).code).toBe('REQUEST_INVALID');
  for (const draft of [null, undefined, {}, { ...toWorker(), to: null }, 'worker']) {
    expect((await refusal(planner.request(draft as never))).code).toBe('MESSAGE_INVALID');
  }
  expect((await refusal(planner.request(toWorker(), { timeoutMs: 0 }))).code).toBe('REQUEST_INVALID');
  await planner.request(toWorker({ dedupeKey: 'once' }));
  expect((await refusal(planner.request(toWorker({ dedupeKey: 'once' })))).code).toBe('DEDUPE_CONFLICT');
});

test('nobody answers in the place of who was asked, whatever message it names', async () => {
  const { bus, planner, worker } = await startFleet();
  const { handle: impostor } = await bus.register({ tenant: 'acme', id: 'impostor' });
  const received = firstCall<Receipt>();
  const waiting = planner.request(toWorker(), { onReceipt: (receipt) => received.call(receipt) });
  const { messageId } = await received.called;
  await impostor.send({ to: { agent: 'planner' }, type: 'response', content: 'false', inReplyTo: messageId });
  await worker.send({ to: { agent: 'planner' }, type: 'response', content: 'true', inReplyTo: messageId });
  expect((await waiting).content).toBe('true');
  expect((await claimAll(planner)).map(({ message }) => message.from)).toEqual(['impostor']);
});
