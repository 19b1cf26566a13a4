import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { MessageDraft } from '@charterbus/core-models';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, firstCall, plainRules, refusal, startBus, toWorker, untilTrace } from '../support/fleet.js';

/** Three messages wait for the worker; `damage` is done to the file while nobody has it open. */
const startDamaged = async (
  damage: (ids: readonly string[]) => string,
  rules: readonly Rule[] = plainRules,
  more: Partial<MessageDraft> = {},
) => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-damaged-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const first = await startBus({ backend: sqliteBackend({ directory }) });
  const planner = await first.bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const worker = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const ids: string[] = [];
  for (const content of [1, 2, 3]) ids.push((await planner.handle.send(toWorker({ content, ...more }))).messageId);
  await first.bus.drain(0);
  const database = new DatabaseSync(join(directory, 'store.sqlite'));
  database.exec(damage(ids));
  database.close();
  const start = async () => {
    const { bus, failures, clock } = await startBus({ rules, backend: sqliteBackend({ directory }) });
    return { bus, failures, clock, worker: bus.connect(worker.token), planner: bus.connect(planner.token) };
  };
  return { ids, start };
};

const bendEnvelope = ([id]: readonly string[]): string => `UPDATE bus_messages SET envelope = '9' WHERE id = '${id}'`;

test('a damaged message is told and set aside, and those behind it are given', async () => {
  const { ids, start } = await startDamaged(bendEnvelope);
  const { bus, worker, failures } = await start();
  expect((await claimAll(worker)).map(({ message }) => message.id)).toEqual(ids.slice(1));
  expect(failures).toEqual([expect.stringContaining('STORE_CORRUPT')]);
  expect((await bus.operations.deadLetters()).items).toMatchObject([{ messageId: ids[0], reason: 'STORE_CORRUPT' }]);
});

test('a damaged message does not fail whoever sends while a handler waits, nor the handler', async () => {
  const { ids, start } = await startDamaged(bendEnvelope);
  const { bus, worker, planner, failures } = await start();
  const seen: string[] = [];
  const last = firstCall<unknown>();
  worker.handle((message) => {
    seen.push(message.id);
    if (message.content === 'last') last.call(undefined);
  });
  const { messageId } = await planner.send(toWorker({ content: 'last' }));
  await last.called;
  await untilTrace(bus, messageId, 'delivered');
  expect(seen).toEqual([...ids.slice(1), messageId]);
  expect(failures).toEqual([expect.stringContaining('STORE_CORRUPT')]);
});

test('a damaged message does not fail the one who only sends, while a request waits for a reply', async () => {
  const { ids, start } = await startDamaged(bendEnvelope);
  const { bus, worker, planner } = await start();
  const received = firstCall<unknown>();
  const abort = new AbortController();
  const requested = refusal(
    planner.request(toWorker(), { signal: abort.signal, onReceipt: (receipt) => received.call(receipt) }),
  );
  await received.called;
  expect(await claimAll(worker)).toHaveLength(3);
  await bus.operations.redrive(`${ids[0]}.0`);
  expect(await claimAll(worker)).toEqual([]);
  abort.abort();
  expect((await requested).code).toBe('ABORTED');
});

/** What is kept of a message that asks for something. */
const asksForOrder = { orderingKey: 'k' };

test.each([
  [
    'record',
    ([id]: readonly string[]) => `UPDATE bus_messages SET record = substr(record, 2) WHERE id = '${id}'`,
    asksForOrder,
  ],
  [
    'changed entry',
    ([id]: readonly string[]) =>
      `INSERT INTO bus_entries SELECT number, 0, id, 'queued', NULL, '["acme"' FROM bus_messages WHERE id = '${id}'`,
    {},
  ],
  ['form of verdicts', () => `UPDATE bus_forms SET text = substr(text, 2)`, asksForOrder],
  ['form of a message', () => `UPDATE bus_forms SET text = substr(text, 2)`, {}],
])('a damaged %s is said at the start, with its place', async (_what, damage, more) => {
  const { ids, start } = await startDamaged(damage, plainRules, more);
  const error = await refusal(start());
  expect([error.code, error.details['message']]).toEqual(['STORE_CORRUPT', ids[0]]);
});

test('damaged records of a message are said to whoever looks', async () => {
  const { ids, start } = await startDamaged(
    () => `INSERT INTO bus_states SELECT number, 'delivered', 1, 0 FROM bus_messages;
      UPDATE bus_messages SET record = '[{'; UPDATE bus_leaves SET text = substr(text, 2), form = NULL`,
    plainRules,
    asksForOrder,
  );
  const { bus } = await start();
  await expect(bus.operations.messages()).rejects.toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }) as Error);
  await expect(bus.operations.trace(ids[0] ?? '')).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_CORRUPT' }) as Error,
  );
});

test('a form that is damaged while the bus runs is told when its messages are to be given, and they are set aside', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-damaged-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { bus, failures } = await startBus({ backend: sqliteBackend({ directory }), delivery: { windowEntries: 0 } });
  const planner = (await bus.register({ tenant: 'acme', id: 'planner' })).handle;
  const worker = (await bus.register({ tenant: 'acme', id: 'worker' })).handle;
  const { messageId } = await planner.send(toWorker());
  const database = new DatabaseSync(join(directory, 'store.sqlite'));
  database.exec('UPDATE bus_forms SET text = substr(text, 2)');
  database.close();
  expect(await claimAll(worker)).toEqual([]);
  expect(failures).toEqual([expect.stringContaining('STORE_CORRUPT')]);
  // What is committed after the dead letter tells that it is.
  await worker.send({ to: { agent: 'planner' }, type: 'query', content: 'after' });
  expect((await bus.operations.deadLetters()).items).toMatchObject([{ messageId, reason: 'STORE_CORRUPT' }]);
  expect(bus.counts).toMatchObject({ queued: 1 });
});
