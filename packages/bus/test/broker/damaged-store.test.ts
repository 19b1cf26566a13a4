import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, firstCall, plainRules, refusal, startBus, toWorker, untilTrace } from '../support/fleet.js';

/** Three messages wait for the worker; `damage` is done to the file while nobody has it open. */
const startDamaged = async (damage: (ids: readonly string[]) => string, rules: readonly Rule[] = plainRules) => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-damaged-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const first = await startBus({ backend: sqliteBackend({ directory }) });
  const planner = await first.bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const worker = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const ids: string[] = [];
  for (const content of [1, 2, 3]) ids.push((await planner.handle.send(toWorker({ content }))).messageId);
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

const bendEnvelope = ([id]: readonly string[]): string =>
  `UPDATE bus_messages SET envelope = replace(envelope, '"content":1', '"content":9') WHERE id = '${id}'`;

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

test.each([
  ['record', ([id]: readonly string[]) => `UPDATE bus_messages SET record = substr(record, 2) WHERE id = '${id}'`],
  [
    'changed entry',
    ([id]: readonly string[]) =>
      `INSERT INTO bus_entries SELECT number, 0, id, 'queued', NULL, '["acme"' FROM bus_messages WHERE id = '${id}'`,
  ],
  ['form of verdicts', () => `UPDATE bus_forms SET text = substr(text, 2)`],
])('a damaged %s is said at the start, with its place', async (_what, damage) => {
  const { ids, start } = await startDamaged(damage);
  const error = await refusal(start());
  expect([error.code, error.details['message']]).toEqual(['STORE_CORRUPT', ids[0]]);
});

test('damaged records of a message are said to whoever looks', async () => {
  const { ids, start } = await startDamaged(
    () => `INSERT INTO bus_states SELECT number, 'delivered', 1, 0 FROM bus_messages;
      UPDATE bus_messages SET record = '[{'; UPDATE bus_leaves SET text = substr(text, 2), form = NULL`,
  );
  const { bus } = await start();
  await expect(bus.operations.messages()).rejects.toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }) as Error);
  await expect(bus.operations.trace(ids[0] ?? '')).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_CORRUPT' }) as Error,
  );
});
