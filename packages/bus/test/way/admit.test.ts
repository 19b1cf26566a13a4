import { expect, test } from 'vitest';
import { claimAll, plainRules, refusal, startFleet, toWorker } from '../support/fleet.js';

test('an allowed message gives a receipt with both verdicts, and reaches its recipient alone', async () => {
  const { planner, worker, stranger } = await startFleet();
  const receipt = await planner.send(toWorker());
  expect(receipt).toMatchObject({ status: 'accepted', durability: 'memory', leafIndex: 0 });
  expect(receipt.verdicts.map(({ point, effect }) => [point, effect])).toEqual([
    ['send', 'allow'],
    ['receive', 'allow'],
  ]);
  const [delivery] = await claimAll(worker);
  expect(delivery?.message).toMatchObject({ id: receipt.messageId, from: 'planner', tenant: 'acme' });
  expect(await claimAll(stranger)).toEqual([]);
});

test('a denied message rejects with the policies, keeps its record and its leaf, and reaches nobody', async () => {
  const { bus, worker, planner } = await startFleet();
  const error = await refusal(worker.send({ to: { agent: 'planner' }, type: 'command', content: 1 }));
  expect(error.code).toBe('POLICY_DENIED');
  expect(error.details).toMatchObject({
    reasons: ['no-commands-without-role'],
    policies: ['no-commands-without-role'],
  });
  const trace = await bus.operations.trace(String(error.details['messageId']));
  expect(trace).toMatchObject({ status: 'failed', recipients: { allowed: 0, held: 0, denied: 1 } });
  expect(trace.leaves).toHaveLength(1);
  expect(await claimAll(planner)).toEqual([]);
});

test('what no policy permits is denied by default', async () => {
  const { planner } = await startFleet();
  const error = await refusal(planner.send(toWorker({ type: 'heartbeat' })));
  expect([error.code, error.details['reasons']]).toEqual(['POLICY_DEFAULT_DENY', ['POLICY_DEFAULT_DENY']]);
});

test('nobody, nobody in another tenant and somebody in a forbidden tenant cannot be told apart', async () => {
  const { planner, bus } = await startFleet();
  const addresses = [
    { agent: 'nobody' },
    { agent: 'nobody', tenant: 'rival' },
    { agent: 'worker', tenant: 'rival' },
    { agent: 'x', tenant: 'none' },
  ];
  const seen: unknown[] = [];
  for (const to of addresses) {
    const error = await refusal(planner.send(toWorker({ to })));
    const { messageId, ...details } = error.details;
    const trace = await planner.trace(String(messageId));
    const { binds: _binds, at: _at, ...verdict } = trace.verdicts[0] ?? {};
    seen.push({
      code: error.code,
      message: error.message,
      details,
      verdict,
      deliveries: trace.deliveries,
      leaves: trace.leaves.length,
    });
    expect(Object.keys(trace.verdicts[0]?.binds ?? {})).not.toContain('recipient');
    expect((await bus.operations.trace(String(messageId))).status).toBe('failed');
  }
  expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
});

test('a body that claims another sender is refused; its own name is accepted', async () => {
  const { planner } = await startFleet();
  for (const claim of [{ from: 'worker' }, { tenant: 'rival' }, { from: 'planner', tenant: 'rival' }]) {
    expect((await refusal(planner.send(toWorker(claim)))).code).toBe('IDENTITY_CLAIMED');
  }
  expect((await planner.send(toWorker({ from: 'planner', tenant: 'acme' }))).status).toBe('accepted');
});

test('a handle of an agent that was unregistered, or registered anew, speaks for nobody', async () => {
  const { bus, planner, worker } = await startFleet();
  await bus.operations.unregister({ tenant: 'acme', agent: 'planner' });
  expect((await refusal(planner.send(toWorker()))).code).toBe('CREDENTIAL_REFUSED');
  const { handle: successor } = await bus.register({ tenant: 'acme', id: 'planner' });
  expect((await refusal(planner.send(toWorker()))).code).toBe('CREDENTIAL_REFUSED');
  await successor.send(toWorker());
  expect(await claimAll(worker)).toHaveLength(1);
});

test('a message that has expired when it arrives is denied', async () => {
  const { planner, clock } = await startFleet();
  const error = await refusal(planner.send(toWorker({ expiresAt: clock.now() })));
  expect(error.code).toBe('MESSAGE_EXPIRED');
});

test('the limits of the constitution bind: content, depth, headers', async () => {
  const { planner } = await startFleet({ manifest: { limits: { contentBytes: 10, depth: 1, headers: 1 } } });
  expect((await refusal(planner.send(toWorker({ content: '123456789' })))).code).toBe('MESSAGE_TOO_LARGE');
  expect((await planner.send(toWorker({ content: '12345678' }))).status).toBe('accepted');
  expect((await refusal(planner.send(toWorker({ content: [[]] })))).code).toBe('MESSAGE_INVALID');
  expect((await refusal(planner.send(toWorker({ content: 1, headers: { a: '1', b: '2' } })))).code).toBe(
    'MESSAGE_TOO_LARGE',
  );
});

test('an abort before the commit leaves no trace', async () => {
  // Where all answer at once, nothing comes between a send and its commit.
  const slow = { name: 'slow', validate: () => Promise.resolve([]) };
  const { planner, bus } = await startFleet({ validators: [slow] });
  expect((await refusal(planner.send(toWorker(), { signal: AbortSignal.abort() }))).code).toBe('ABORTED');
  const abort = new AbortController();
  const sending = refusal(planner.send(toWorker(), { signal: abort.signal }));
  abort.abort();
  expect((await sending).code).toBe('ABORTED');
  expect(await bus.operations.leafCount()).toBe(0);
});

test('an engine that throws, and one that answers nonsense, deny', async () => {
  const { planner } = await startFleet({
    rules: plainRules,
    validators: [
      {
        name: 'broken',
        validate: () => {
          throw new Error('secret');
        },
      },
    ],
  });
  const error = await refusal(planner.send(toWorker()));
  expect(error.code).toBe('SCREEN_REJECTED');
  expect(JSON.stringify(error)).not.toContain('secret');
});
