import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, plainRules, refusal, startBus, toWorker } from '../support/fleet.js';

const notFound = expect.objectContaining({ code: 'MESSAGE_NOT_FOUND' }) as Error;

/** A message that was admitted under the plain rules, and is claimed under others. */
const claimedUnder = async (rules: readonly Rule[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-unseen-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const first = await startBus({ backend: sqliteBackend({ directory }) });
  const { handle: planner } = await first.bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const { messageId } = await planner.send(toWorker());
  await first.bus.drain(0);
  const { bus } = await startBus({ rules, backend: sqliteBackend({ directory }) });
  const worker = bus.connect(token);
  return { bus, messageId, worker, given: await claimAll(worker) };
};

test('what was denied at the grant is not shown to its recipient by a trace either', async () => {
  const closed: Rule = { id: 'closed', effect: 'forbid', point: 'receive' };
  const { messageId, worker, given } = await claimedUnder([...plainRules, closed]);
  expect(given).toEqual([]);
  await expect(worker.trace(messageId)).rejects.toThrow(notFound);
});

test('what was held at the grant is shown to its recipient when it was released and given', async () => {
  const { bus, messageId, worker, given } = await claimedUnder([
    ...plainRules.filter(({ id }) => id !== 'receive'),
    { id: 'ask-first', effect: 'permit', point: 'receive', escalate: 'look' },
  ]);
  expect(given).toEqual([]);
  await expect(worker.trace(messageId)).rejects.toThrow(notFound);
  await bus.operations.release(messageId, 'looked');
  await expect(worker.trace(messageId)).rejects.toThrow(notFound);
  await claimAll(worker);
  expect((await worker.trace(messageId)).message.id).toBe(messageId);
});

test('a sender’s trace does not tell whom a foreign tenant hides from who it does not have', async () => {
  const rules: readonly Rule[] = [
    { id: 'anyone-may-ask', effect: 'permit', point: 'send' },
    { id: 'own-only', effect: 'permit', point: 'receive', sameTenant: true },
  ];
  const { bus } = await startBus({ rules });
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner' });
  await bus.register({ tenant: 'rival', id: 'worker' });
  const traceOf = async (agent: string) => {
    const error = await refusal(planner.send(toWorker({ to: { agent, tenant: 'rival' } })));
    const { message, verdicts, deliveries, recipients, status, leaves } = await planner.trace(
      String(error.details['messageId']),
    );
    const shape = verdicts.map(({ binds: { messageDigest, ...binds }, ...verdict }) => ({
      ...verdict,
      binds,
      own: messageDigest.length,
    }));
    return { type: message.type, shape, deliveries, recipients, status, leaves: leaves.length };
  };
  expect(await traceOf('worker')).toEqual(await traceOf('nobody'));
});
