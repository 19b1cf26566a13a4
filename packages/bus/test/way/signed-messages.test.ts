import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CharterbusError, ManualClock, type Message } from '@charterbus/core-models';
import { allowAllConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { JudgingContext } from '../../src/context.js';
import { type AgentHandle, type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { validationContext } from '../../src/way/screen.js';
import { toWorker } from '../support/fleet.js';

const signature = 'eyJhbGciOiJFZERTQSJ9..c2lnbmVk';

/** The id of what was sent: what is denied is kept as well. */
const send = async (handle: AgentHandle, signed: boolean): Promise<string> => {
  const [outcome] = await Promise.allSettled([handle.send(toWorker(signed ? { signature } : {}))]);
  if (outcome.status === 'fulfilled') return outcome.value.messageId;
  if (CharterbusError.isInstance(outcome.reason)) return String(outcome.reason.details['messageId']);
  throw outcome.reason;
};

const signatureOf = async (bus: Bus, messageId: string) => (await bus.operations.trace(messageId)).message.signature;

test('a signature is part of the message: in its trace, and after a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-signed-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const open = () => createBus({ backend: sqliteBackend({ directory }), constitution: allowAllConstitution() });
  const first = await open();
  const { handle } = await first.register({ tenant: 'acme', id: 'planner' });
  await first.register({ tenant: 'acme', id: 'worker' });
  const [signed, plain] = [await send(handle, true), await send(handle, false)];
  expect([await signatureOf(first, signed), await signatureOf(first, plain)]).toEqual([signature, undefined]);
  const { digest } = await first.operations.trace(signed);
  await first.drain(0);
  const second = await open();
  onTestFinished(async () => void (await second.drain(0)));
  expect([await signatureOf(second, signed), await signatureOf(second, plain)]).toEqual([signature, undefined]);
  expect((await second.operations.trace(signed)).digest).toBe(digest);
});

test('validators are told whether the constitution demands a signature of this message', () => {
  const manifest = { signatures: { required: [{ types: ['command' as const], tenants: ['acme'] }] } };
  const constitution = allowAllConstitution({ manifest });
  const context = { clock: new ManualClock(), constitution, lease: {} } as unknown as JudgingContext;
  const demanded = (type: Message['type'], tenant: string) =>
    validationContext({ type, tenant } as Message, {} as never, context).signatures;
  expect(demanded('command', 'acme')).toEqual({ required: true });
  expect(demanded('command', 'rival')).toBeUndefined();
  expect(demanded('query', 'acme')).toBeUndefined();
});
