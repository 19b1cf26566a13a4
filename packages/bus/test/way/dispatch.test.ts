import { expect, test, vi } from 'vitest';
import type { ActiveDelivery } from '../../src/index.js';
import { firstCall, refusal, startFleet, toWorker, turn, untilTrace } from '../support/fleet.js';

test('a handler that returns has its message acknowledged', async () => {
  const { bus, planner, worker } = await startFleet();
  const seen = vi.fn<() => undefined>();
  worker.handle(seen);
  const { messageId } = await planner.send(toWorker());
  await untilTrace(bus, messageId, 'delivered');
  expect(seen).toHaveBeenCalledTimes(1);
});

test('a handler that throws is tried again after a backoff, and its words are told to nobody', async () => {
  const { bus, planner, worker, clock, failures } = await startFleet({ delivery: { maxAttempts: 2, backoffMs: 100 } });
  let calls = 0;
  worker.handle(() => {
    calls += 1;
    throw new Error('the password is hunter2');
  });
  const { messageId } = await planner.send(toWorker());
  await untilTrace(bus, messageId, 'pending');
  expect(calls).toBe(1);
  clock.advance(100);
  await untilTrace(bus, messageId, 'failed');
  expect(calls).toBe(2);
  expect((await bus.operations.trace(messageId)).deliveries[0]?.reason).toBe('HANDLER_FAILED');
  expect(JSON.stringify(await bus.operations.trace(messageId))).not.toContain('hunter2');
  expect(failures).toHaveLength(2);
});

test('a handler has at most its credit in its hands, and a slow one does not hold up another agent', async () => {
  const { bus, planner, worker } = await startFleet();
  const { handle: quick } = await bus.register({ tenant: 'acme', id: 'quick' });
  const release = Promise.withResolvers<undefined>();
  let running = 0;
  let most = 0;
  worker.handle(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await release.promise;
      running -= 1;
    },
    { credit: 3 },
  );
  const sent = await planner.sendBatch(Array.from({ length: 10 }, () => toWorker()));
  const done = firstCall<unknown>();
  quick.handle((message) => done.call(message));
  await planner.send(toWorker({ to: { agent: 'quick' } }));
  await done.called;
  expect(running).toBe(3);
  release.resolve(undefined);
  for (const result of sent)
    if (result.status === 'accepted') await untilTrace(bus, result.receipt.messageId, 'delivered');
  expect(most).toBe(3);
});

test('a lease is renewed while the handler works', async () => {
  const { bus, planner, worker, clock } = await startFleet();
  const begun = firstCall<ActiveDelivery>();
  const release = Promise.withResolvers<undefined>();
  worker.handle(
    (_message, delivery) => {
      begun.call(delivery);
      return release.promise;
    },
    { leaseMs: 1000 },
  );
  const { messageId } = await planner.send(toWorker());
  await begun.called;
  for (let half = 0; half < 6; half++) {
    clock.advance(500);
    await turn();
  }
  expect((await bus.operations.trace(messageId)).deliveries[0]?.attempts).toBe(1);
  release.resolve(undefined);
  await untilTrace(bus, messageId, 'delivered');
});

test('a handler may settle the delivery itself', async () => {
  const { bus, planner, worker } = await startFleet();
  worker.handle((_message, delivery) => delivery.reject('not for me'));
  const { messageId } = await planner.send(toWorker());
  await untilTrace(bus, messageId, 'failed');
  expect((await bus.operations.deadLetters()).items).toMatchObject([{ messageId, reason: 'not for me', attempts: 1 }]);
});

test('an agent has one handler; when it is stopped another may take over', async () => {
  const { bus, planner, worker } = await startFleet();
  const first = worker.handle(() => undefined);
  expect(() => worker.handle(() => undefined)).toThrow(expect.objectContaining({ code: 'HANDLER_EXISTS' }) as Error);
  await first.stop();
  const { messageId } = await planner.send(toWorker());
  worker.handle(() => undefined);
  await untilTrace(bus, messageId, 'delivered');
});

test('deliveries can be iterated; what is not settled comes again', async () => {
  const { bus, planner, worker, clock } = await startFleet();
  const { messageId } = await planner.send(toWorker());
  const refusals: string[] = [];
  for await (const delivery of worker.deliveries({ leaseMs: 1000 })) {
    if (delivery.attempt === 1) {
      clock.advance(1000);
      refusals.push((await refusal(delivery.ack())).code);
      continue;
    }
    await delivery.ack();
    break;
  }
  expect(refusals).toEqual(['LEASE_LOST']);
  expect((await bus.operations.trace(messageId)).status).toBe('delivered');
});

test('what a consumer says is checked', async () => {
  const { planner, worker } = await startFleet();
  await planner.send(toWorker());
  for await (const delivery of worker.deliveries()) {
    expect(() => delivery.nack({ reason: '' })).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error);
    expect(() => delivery.nack({ delayMs: -1 })).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }) as Error);
    expect((await refusal(delivery.extend(0))).code).toBe('REQUEST_INVALID');
    await delivery.ack();
    break;
  }
});
