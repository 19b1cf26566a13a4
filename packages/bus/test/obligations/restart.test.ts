import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type DeliveryObligation, encodeEnvelope } from '@charterbus/core-models';
import type { Rule } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { claimAll, startBus, toWorker } from '../support/fleet.js';

const order = { card: '4111', iban: 'DE02120300', note: { text: 'x' } };
const remove = (path: string): DeliveryObligation => ({ kind: 'remove', path });
const rules = (atSend: readonly DeliveryObligation[], atReceive: readonly DeliveryObligation[]): readonly Rule[] => [
  { id: 'send', effect: 'permit', point: 'send', obligations: atSend },
  { id: 'receive', effect: 'permit', point: 'receive', obligations: atReceive },
];
const noted: DeliveryObligation = { kind: 'replace', path: '/note', value: { told: ['nobody'] } };
const before = rules([remove('/card')], [{ kind: 'mask', path: '/iban', keep: 4 }, noted]);

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));

interface Meanwhile {
  readonly after?: readonly Rule[];
  /** Done to the file while nobody has it. */
  readonly damage?: (database: DatabaseSync) => void;
}

/** Sends under `before`, closes the bus, opens it again on the same file, and claims as the worker. */
const acrossRestart = async ({ after = before, damage }: Meanwhile = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-obligations-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const first = await startBus({ rules: before, backend: sqliteBackend({ directory }) });
  const { handle: planner } = await first.bus.register({ tenant: 'acme', id: 'planner' });
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const { messageId } = await planner.send(toWorker({ content: order }));
  await first.bus.drain(0);
  if (damage !== undefined) {
    using database = new DatabaseSync(join(directory, 'store.sqlite'));
    damage(database);
  }
  const { bus } = await startBus({ rules: after, backend: sqliteBackend({ directory }) });
  const worker = bus.connect(token);
  const deliveries = await claimAll(worker);
  const history = (await bus.operations.trace(messageId)).deliveries[0]?.history.map(({ kind }) => kind);
  return { bus, worker, messageId, deliveries, history };
};

const delivered = { iban: '******0300', note: { told: ['nobody'] } };

test('a message is delivered after a restart as it was bound before', async () => {
  const { bus, worker, messageId, deliveries, history } = await acrossRestart();
  const [delivery] = deliveries;
  expect(delivery?.message.content).toEqual(delivered);
  const bound = (await bus.operations.trace(messageId)).deliveries[0]?.verdict.binds.deliveredDigest;
  expect(delivery && encodeEnvelope(delivery.message).digest).toBe(bound);
  expect(history).toEqual(['granted']);
  expect(isFrozen(delivery?.message)).toBe(true);
  expect((await worker.trace(messageId)).message).toEqual(delivery?.message);
});

test('under another constitution both points are judged again: what it asks for is done, and no more', async () => {
  const { bus, messageId, deliveries, history } = await acrossRestart({ after: rules([], [remove('/note')]) });
  expect(deliveries[0]?.message.content).toEqual({ card: order.card, iban: order.iban });
  expect(history).toEqual(['granted', 'judged-again']);
  const { verdict } = (await bus.operations.trace(messageId)).deliveries[0] ?? {};
  expect(verdict?.obligations).toEqual([remove('/note')]);
  expect(verdict?.obligationsAtSend).toBeUndefined();
});

test.each([
  ['are gone', (verdict: Record<string, unknown>) => void delete verdict['obligations']],
  ['ask for less', (verdict: Record<string, unknown>) => void (verdict['obligations'] = [remove('/card')])],
])('what is not what the verdict binds is judged again: obligations that %s', async (_name, change) => {
  const damage = (database: DatabaseSync): void => {
    const { record } = database.prepare('SELECT record FROM bus_messages').get() as { record: string };
    // The only entry comes last in the record; its verdict stands before its approvals and its history.
    const packed = JSON.parse(record) as unknown[];
    const [[, entry]] = packed.at(-1) as [[string, unknown[]]];
    change(entry.at(-3) as Record<string, unknown>);
    database.prepare('UPDATE bus_messages SET record = ?').run(JSON.stringify(packed));
  };
  const { deliveries, history } = await acrossRestart({ damage });
  expect(deliveries[0]?.message.content).toEqual(delivered);
  expect(history).toEqual(['granted', 'judged-again']);
});
