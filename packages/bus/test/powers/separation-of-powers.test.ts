import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MessageDraft, manifestSchema } from '@charterbus/core-models';
import { type PowersManifest, powersEngine } from '@charterbus/policy-client';
import { ruleSnapshot, snapshotConstitution } from '@charterbus/policy-client/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, refusal, startBus } from '../support/fleet.js';

const declaration = manifestSchema.parse({
  format: 'charterbus.constitution/1',
  name: 'powers',
  revision: 1,
  engine: 'separation-of-powers',
}).engine as PowersManifest;

const powers = async () => {
  const { signal } = new AbortController();
  const { snapshot } = await powersEngine(declaration).load(undefined as never, new Map(), signal);
  return snapshotConstitution(snapshot ?? ruleSnapshot([]));
};

const registerAll = async (bus: Bus) => {
  const register = async (id: string, role: string, tenant = 'acme') =>
    (await bus.register({ tenant, id, role })).handle;
  return {
    chief: await register('chief', 'executive'),
    court: await register('court', 'judicial'),
    appeal: await register('appeal', 'judicial'),
    spy: await register('spy', 'judicial', 'rival'),
  };
};

const start = async () => {
  const { bus } = await startBus({ constitution: await powers() });
  return { bus, ...(await registerAll(bus)) };
};

const to = (agent: string, more: Partial<MessageDraft> = {}): MessageDraft => ({
  to: { agent },
  type: 'query',
  content: 'well?',
  ...more,
});
const validation = (inReplyTo?: string): MessageDraft =>
  to('chief', { type: 'constitutional_validation', ...(inReplyTo === undefined ? {} : { inReplyTo }) });

const reasonsOf = async (court: AgentHandle, inReplyTo?: string): Promise<unknown> =>
  (await refusal(court.send(validation(inReplyTo)))).details['reasons'];

describe('whose work is validated', () => {
  test('is known from what was committed: a judge validates what the executive proposed', async () => {
    const { chief, court } = await start();
    const { messageId } = await chief.send(to('court', { type: 'command' }));
    const { verdicts } = await court.send(validation(messageId));
    expect(verdicts.map(({ reasons }) => reasons)).toEqual([['powers.validate'], ['powers.receive']]);
  });

  test("is not the judge's own", async () => {
    const { court } = await start();
    const { messageId } = await court.send(to('chief'));
    expect(await reasonsOf(court, messageId)).toEqual(['powers.self-validation']);
  });

  test('is not that of another judge', async () => {
    const { court, appeal } = await start();
    const { messageId } = await appeal.send(to('court'));
    expect(await reasonsOf(court, messageId)).toEqual(['powers.cross-role-validation']);
  });

  test('must be known: not nothing, not what never was, not what was denied', async () => {
    const { chief, court } = await start();
    expect(await reasonsOf(court)).toEqual(['powers.unknown-output']);
    expect(await reasonsOf(court, '01900000-0000-7000-8000-000000000000')).toEqual(['powers.unknown-output']);
    const denied = await refusal(chief.send(to('court', { type: 'constitutional_validation' })));
    expect(await reasonsOf(court, String(denied.details['messageId']))).toEqual(['powers.unknown-output']);
  });

  test('is of no other tenant', async () => {
    const { chief, court, spy, bus } = await start();
    await bus.register({ tenant: 'rival', id: 'chief', role: 'executive' });
    const { messageId } = await chief.send(to('court', { type: 'command' }));
    expect(await reasonsOf(spy, messageId)).toEqual(['powers.unknown-output']);
    await expect(court.send(validation(messageId))).resolves.toBeDefined();
  });

  test('cannot be told any more once its author has gone, also under the same name', async () => {
    const { bus, court } = await start();
    const { handle } = await bus.register({ tenant: 'acme', id: 'temp', role: 'executive' });
    const { messageId } = await handle.send(to('court', { type: 'command' }));
    await bus.operations.unregister({ tenant: 'acme', agent: 'temp' });
    expect(await reasonsOf(court, messageId)).toEqual(['powers.unknown-output']);
    await bus.register({ tenant: 'acme', id: 'temp', role: 'executive' });
    expect(await reasonsOf(court, messageId)).toEqual(['powers.unknown-output']);
  });

  test('is still known after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'charterbus-powers-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const first = await startBus({ constitution: await powers(), backend: sqliteBackend({ directory }) });
    const { handle: court, token } = await first.bus.register({ tenant: 'acme', id: 'court', role: 'judicial' });
    const { handle: chief } = await first.bus.register({ tenant: 'acme', id: 'chief', role: 'executive' });
    const own = await court.send(to('chief'));
    const command = await chief.send(to('court', { type: 'command' }));
    await first.bus.drain(0);
    const { bus } = await startBus({ constitution: await powers(), backend: sqliteBackend({ directory }) });
    const again = bus.connect(token);
    expect(await reasonsOf(again, own.messageId)).toEqual(['powers.self-validation']);
    await expect(again.send(validation(command.messageId))).resolves.toBeDefined();
  });

  test("is nobody's claim: what the content says about it changes nothing", async () => {
    const { court } = await start();
    const { messageId } = await court.send(to('chief'));
    const claimed = { ...validation(messageId), content: { validates: { sender: 'chief', role: 'executive' } } };
    expect((await refusal(court.send(claimed))).details['reasons']).toEqual(['powers.self-validation']);
  });
});

test('the powers are kept at send, and the tenant at both points', async () => {
  const { chief, court, bus } = await start();
  expect((await refusal(court.send(to('chief', { type: 'command' })))).details['reasons']).toEqual([
    'powers.role-violation',
  ]);
  const { handle: clerk } = await bus.register({ tenant: 'acme', id: 'clerk' });
  expect((await refusal(clerk.send(to('chief', { type: 'task_request' })))).details['reasons']).toEqual([
    'powers.role-not-assigned',
  ]);
  const { messageId } = await clerk.send(to('chief'));
  const [delivery] = await claimAll(chief);
  expect(delivery?.message.id).toBe(messageId);
});

test('nothing is looked up where no policy could read it', async () => {
  const constitution = snapshotConstitution({
    ...ruleSnapshot([{ id: 'all', effect: 'permit' }]),
    reads: () => ({ context: new Set(['messageType'] as const), facts: new Set() }),
  });
  expect(constitution.readsAnswered).toBe(false);
  expect((await powers()).readsAnswered).toBe(true);
});
