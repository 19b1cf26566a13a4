import type { Message, Receipt } from '@charterbus/core-models';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, test } from 'vitest';
import type { AgentHandle, Bus } from '../src/index.js';
import { claimAll, firstCall, refusal, sendHeld, startFleet, toWorker, turn, untilTrace } from './support/fleet.js';

/** Registers another agent under an id that was given away before. */
const replace = async (bus: Bus, agent: string, role?: string): Promise<AgentHandle> => {
  await bus.operations.unregister({ tenant: 'acme', agent });
  const draft = { tenant: 'acme', id: agent, ...(role === undefined ? {} : { role }) };
  return (await bus.register(draft)).handle;
};

test('the handle of an agent that is gone cannot take its successor’s messages by a handler', async () => {
  const { bus, planner, worker } = await startFleet();
  const successor = await replace(bus, 'worker');
  expect(() => worker.handle(() => undefined)).toThrow(
    expect.objectContaining({ code: 'CREDENTIAL_REFUSED' }) as Error,
  );
  await planner.send(toWorker());
  expect(await claimAll(successor)).toHaveLength(1);
});

test('an iteration that outlives its agent ends without its successor’s messages', async () => {
  const { bus, planner, worker } = await startFleet();
  const seen: string[] = [];
  const iterated = refusal(
    (async () => {
      for await (const { message } of worker.deliveries()) seen.push(message.id);
    })(),
  );
  const successor = await replace(bus, 'worker');
  await planner.send(toWorker());
  expect((await iterated).code).toBe('CREDENTIAL_REFUSED');
  expect(seen).toEqual([]);
  const [delivery] = await claimAll(successor);
  expect(delivery?.attempt).toBe(1);
});

test('a request that outlives its agent does not get the reply that its successor is sent', async () => {
  const { bus, planner, worker } = await startFleet();
  const received = firstCall<Receipt>();
  const answers: Message[] = [];
  const abort = new AbortController();
  const requested = refusal(
    planner
      .request(toWorker(), { signal: abort.signal, onReceipt: (receipt) => received.call(receipt) })
      .then((reply) => void answers.push(reply)),
  );
  const { messageId } = await received.called;
  const successor = await replace(bus, 'planner', 'executive');
  await worker.send({ to: { agent: 'planner' }, type: 'response', content: 'for whom?', inReplyTo: messageId });
  await turn();
  abort.abort();
  expect((await requested).code).toBe('ABORTED');
  expect(answers).toEqual([]);
  expect(await claimAll(successor)).toHaveLength(1);
});

test('a held message is not released under the role of another agent of its sender’s id', async () => {
  const rules: readonly Rule[] = [
    { id: 'executive', effect: 'permit', point: 'send', senderRole: 'executive' },
    { id: 'others-ask', effect: 'permit', point: 'send', escalate: 'approval' },
    { id: 'receive', effect: 'permit', point: 'receive', senderRole: 'executive' },
    { id: 'receive-asks', effect: 'permit', point: 'receive', escalate: 'approval' },
  ];
  const { bus, worker } = await startFleet({ rules });
  const { handle: clerk } = await bus.register({ tenant: 'acme', id: 'clerk' });
  const { messageId } = await sendHeld(clerk);
  await replace(bus, 'clerk', 'executive');
  const { deliveries } = await bus.operations.release(messageId, 'go');
  expect(deliveries).toMatchObject([{ state: 'refused', reason: 'RECIPIENT_UNREACHABLE' }]);
  expect(await claimAll(worker)).toEqual([]);
});

test('a message that is judged again is not judged as another agent’s of its sender’s id', async () => {
  const { bus, worker } = await startFleet();
  const { handle: clerk } = await bus.register({ tenant: 'acme', id: 'clerk' });
  const { messageId } = await clerk.send(toWorker());
  const [delivery] = await claimAll(worker);
  await worker.reject({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 }, 'later');
  await replace(bus, 'clerk', 'executive');
  await bus.operations.redrive(delivery?.id ?? '');
  expect(await claimAll(worker)).toEqual([]);
  await untilTrace(bus, messageId, 'failed');
  expect((await bus.operations.trace(messageId)).deliveries[0]?.reason).toBe('RECIPIENT_UNREACHABLE');
});

test('an agent that is unregistered while its message is judged has not sent it', async () => {
  const judged = firstCall<undefined>();
  const proceed = Promise.withResolvers<undefined>();
  const slow = {
    name: 'slow',
    validate: async () => {
      judged.call(undefined);
      await proceed.promise;
      return [];
    },
  };
  const { bus, planner, worker } = await startFleet({ validators: [slow] });
  const sent = refusal(planner.send(toWorker()));
  await judged.called;
  await bus.operations.unregister({ tenant: 'acme', agent: 'planner' });
  proceed.resolve(undefined);
  expect((await sent).code).toBe('CREDENTIAL_REFUSED');
  expect(await claimAll(worker)).toEqual([]);
});

test('a dead letter of an agent that is gone is not queued for nobody', async () => {
  const { bus, planner, worker } = await startFleet();
  await planner.send(toWorker());
  const [delivery] = await claimAll(worker);
  await bus.operations.unregister({ tenant: 'acme', agent: 'worker' });
  await turn();
  expect((await refusal(bus.operations.redrive(delivery?.id ?? ''))).code).toBe('RECIPIENT_UNREACHABLE');
  expect(bus.counts).toEqual({ queued: 0, leased: 0, held: 0 });
});
