import { generateKeyPairSync } from 'node:crypto';
import { type Message, parseTraceparent, signMessage } from '@charterbus/core-models';
import { defaultConstitutionDirectory, loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import { recordSpans } from '@charterbus/tooling/spans';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { claimAll, refusal, startFleet, toWorker } from '../support/fleet.js';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const handled = async (fleet: Awaited<ReturnType<typeof startFleet>>, draft: object = {}): Promise<Message> => {
  const { promise, resolve } = Promise.withResolvers<Message>();
  const subscription = fleet.worker.handle((message) => resolve(message));
  await fleet.planner.send({ ...toWorker(), ...draft });
  const message = await promise;
  await subscription.stop();
  return message;
};

const loadDefault = async () => loadConstitution(await readConstitutionDirectory(defaultConstitutionDirectory));

test('one message in process is one tree, from its send to its acknowledgement', async () => {
  const recorded = recordSpans();
  const fleet = await startFleet({ constitution: await loadDefault() });
  const message = await recorded.tracer.startActiveSpan('plan', async (span) => {
    const got = await handled(fleet);
    span.end();
    return got;
  });
  expect(recorded.tree()).toEqual([
    'plan',
    '  send worker',
    '    judge',
    '      evaluate cedar',
    '      evaluate cedar',
    '    commit',
    '    process worker',
    '      settle',
  ]);
  const send = recorded.named('send worker');
  const process = recorded.named('process worker');
  expect(message.headers?.['traceparent']).toContain(send.spanContext().spanId);
  expect(process.links.map((link) => link.context.spanId)).toEqual([send.spanContext().spanId]);
});

test('spans tell what the conventions for messaging and generative AI ask for, and the verdict', async () => {
  const recorded = recordSpans();
  const fleet = await startFleet();
  const message = await handled(fleet, { conversationId: 'talk-1' });
  const send = recorded.named('send worker');
  const process = recorded.named('process worker');
  expect([send.kind, process.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
  expect(send.attributes).toMatchObject({
    'messaging.system': 'charterbus',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'worker',
    'messaging.message.id': message.id,
    'messaging.message.conversation_id': 'talk-1',
    'gen_ai.conversation.id': 'talk-1',
    'gen_ai.agent.id': 'planner',
  });
  expect(process.attributes).toMatchObject({
    'messaging.operation.type': 'process',
    'gen_ai.agent.id': 'worker',
    'charterbus.delivery.attempt': 1,
  });
  expect(recorded.named('judge').attributes).toMatchObject({
    'charterbus.verdict.effect': 'allow',
    'charterbus.verdict.cause': 'policy',
    'charterbus.constitution.hash': fleet.bus.constitution.hash,
  });
});

test('what the decision cache knows is told on the judgement, and no engine is asked', async () => {
  const recorded = recordSpans();
  const { planner } = await startFleet({ constitution: await loadDefault() });
  await planner.send(toWorker());
  await planner.send(toWorker());
  expect(recorded.spans.filter(({ name }) => name === 'evaluate cedar')).toHaveLength(2);
  const [, second] = recorded.spans.filter(({ name }) => name === 'judge');
  expect(second?.events.map(({ name }) => name)).toContain('charterbus.decision_cache.hit');
});

test('a handler works inside of the delivery, and what it sends belongs to the same trace', async () => {
  const recorded = recordSpans();
  const { planner, worker } = await startFleet();
  const subscription = worker.handle(() => ({ done: true }));
  await planner.request(toWorker({ type: 'task_request' }));
  await subscription.stop();
  expect(recorded.tree()).toEqual([
    'send worker',
    '  judge',
    '  commit',
    '  process worker',
    '    send planner',
    '      judge',
    '      commit',
    '    settle',
  ]);
});

test('what the sender stated is carried as it is, and the delivery belongs to it', async () => {
  const recorded = recordSpans();
  const fleet = await startFleet();
  const message = await handled(fleet, { headers: { traceparent: parent, tracestate: 'vendor=1' } });
  expect(message.headers).toEqual({ traceparent: parent, tracestate: 'vendor=1' });
  const parsed = parseTraceparent(parent);
  for (const name of ['send worker', 'process worker']) {
    expect(recorded.named(name).parentSpanContext).toMatchObject({ traceId: parsed?.traceId, spanId: parsed?.spanId });
  }
});

test('a malformed traceparent is carried and ignored', async () => {
  const recorded = recordSpans();
  const fleet = await startFleet();
  const message = await handled(fleet, { headers: { traceparent: 'nonsense' } });
  expect(message.headers).toEqual({ traceparent: 'nonsense' });
  expect(recorded.named('send worker').parentSpanContext).toBeUndefined();
  expect(recorded.named('process worker').links).toEqual([]);
});

test('full headers and limits leave a message without a stamp', async () => {
  recordSpans();
  const fleet = await startFleet({ manifest: { limits: { headers: 1 } } });
  expect((await handled(fleet, { headers: { own: 'x' } })).headers).toEqual({ own: 'x' });
  expect(Object.keys((await handled(fleet)).headers ?? {})).toEqual(['traceparent']);
});

test('to what its sender has signed nothing is added', async () => {
  recordSpans();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { bus, worker, clock } = await startFleet();
  const key = publicKey.export({ format: 'jwk' }).x ?? '';
  const { handle: signer } = await bus.register({ tenant: 'acme', id: 'signer', publicKey: key });
  const agent = { id: 'signer', tenant: 'acme' };
  const draft = toWorker({ constitutionalHash: bus.constitution.shortHash });
  await signer.send(signMessage(draft, { agent, privateKey, now: clock.now(), nonce: 'nonce-nonce-nonce-1' }));
  const [delivery] = await claimAll(worker);
  expect(delivery?.message.signature).toBeDefined();
  expect(delivery?.message.headers).toBeUndefined();
});

test('where no SDK is registered a message is as it was sent', async () => {
  const fleet = await startFleet();
  expect((await handled(fleet)).headers).toBeUndefined();
});

test('a trace that is not sampled is carried on, without a span', async () => {
  const recorded = recordSpans({ sampled: false });
  const fleet = await startFleet();
  const message = await handled(fleet);
  expect(parseTraceparent(message.headers?.['traceparent'] ?? '')?.traceFlags).toBe(0);
  expect(recorded.spans).toEqual([]);
});

test('a denial is an error of the send, with its code and without its words', async () => {
  const recorded = recordSpans();
  const { worker } = await startFleet();
  await refusal(worker.send({ to: { agent: 'planner' }, type: 'command', content: 'go' }));
  const send = recorded.named('send planner');
  expect(send.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(send.attributes['error.type']).toBe('POLICY_DENIED');
  expect(recorded.named('judge').attributes).toMatchObject({
    'charterbus.verdict.effect': 'deny',
    'charterbus.verdict.code': 'POLICY_DENIED',
  });
});

test('a handler that fails marks the delivery; a dead letter is in the trace of its message', async () => {
  const recorded = recordSpans();
  const { planner, worker, failures } = await startFleet({ delivery: { maxAttempts: 1 } });
  const subscription = worker.handle(() => {
    throw new TypeError('the secret is kept');
  });
  await planner.send(toWorker());
  await subscription.stop();
  expect(failures).toHaveLength(1);
  expect(recorded.named('process worker').attributes['error.type']).toBe('TypeError');
  const dead = recorded.named('dead_letter');
  expect(dead.attributes['error.type']).toBe('HANDLER_FAILED');
  expect(dead.parentSpanContext?.spanId).toBe(recorded.named('send worker').spanContext().spanId);
  expect(
    JSON.stringify(recorded.spans.map(({ attributes, events, status }) => ({ attributes, events, status }))),
  ).not.toContain('secret');
});

test('a lease that runs out is in the trace of its message, and the next delivery says that it is another attempt', async () => {
  const recorded = recordSpans();
  const { planner, worker, clock } = await startFleet();
  await planner.send(toWorker());
  const leaseMs = 1000;
  const claim = () => worker.claim({ max: 1, waitMs: 0, leaseMs, signal: new AbortController().signal });
  expect(await claim()).toHaveLength(1);
  clock.advance(leaseMs + 1);
  await claimAll(worker);
  expect(recorded.named('lease_expired').status.code).toBe(SpanStatusCode.ERROR);
  const attempts = recorded.spans
    .filter(({ name }) => name === 'receive worker')
    .map(({ attributes }) => attributes['charterbus.delivery.attempt']);
  expect(attempts).toEqual([1, 2]);
});

test('no attribute and no event holds anything of a content', async () => {
  const recorded = recordSpans();
  const fleet = await startFleet();
  await handled(fleet, { content: { secret: 'needle-in-content' } });
  const told = recorded.spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect(told.length).toBeGreaterThan(4);
  expect(JSON.stringify(told)).not.toContain('needle');
});

test('what is delivered in a turn of another message does not take part in that one', async () => {
  const recorded = recordSpans();
  const { planner, worker } = await startFleet();
  const seen: (string | undefined)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = worker.handle(() => {
    seen.push(trace.getSpanContext(context.active())?.traceId);
    if (seen.length === 2) resolve();
  });
  const receipts = [planner.send(toWorker()), context.with(ROOT_CONTEXT, () => planner.send(toWorker()))];
  await Promise.all(receipts);
  await promise;
  await subscription.stop();
  expect(new Set(seen).size).toBe(2);
  const sends = recorded.spans.filter(({ name }) => name === 'send worker').map((span) => span.spanContext().traceId);
  expect(seen).toEqual(sends);
});
