import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect } from 'vitest';
import { type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { turn } from './fleet.js';

/** The ids that were said with a word. */
const idsOf = (said: readonly string[], ...words: readonly string[]): readonly string[] =>
  said.filter((line) => words.includes(line.split(' ')[0] ?? '')).map((line) => line.split(' ')[1] ?? '');

export const open = (directory: string): Promise<Bus> =>
  createBus({
    constitution: rulesConstitution([
      { id: 'ask', effect: 'permit', messageTypes: ['governance_request'], escalate: 'look' },
      { id: 'rest', effect: 'permit', messageTypes: ['query', 'response', 'event'] },
    ]),
    backend: sqliteBackend({ directory }),
    delivery: { backoffMs: 1 },
  });

export const checkLeaves = async (bus: Bus): Promise<void> => {
  const leafCount = await bus.operations.leafCount();
  for (let index = 0; index < leafCount; index++) expect((await bus.operations.leaf(index))?.index).toBe(index);
};

/** What was said of leases, in the order in which they were granted: a process that stood still says it late. */
const byToken = (said: readonly string[], ...words: readonly string[]) =>
  said
    .map((line) => line.split(' '))
    .filter(([word = '']) => words.includes(word))
    .map(([word, id = '', token]) => ({ word, id, token: Number(token) }))
    .toSorted((left, right) => left.token - right.token);

/** Deliveries that were leased again after they had been acknowledged. */
export const givenAfterAck = (said: readonly string[]): readonly string[] => {
  const acked = new Map(byToken(said, 'acked').map(({ id, token }) => [id, token]));
  return byToken(said, 'given').flatMap(({ id, token }) => (token > (acked.get(id) ?? token) ? [id] : []));
};

/** Deliveries that were acknowledged more than once. */
export const ackedTwice = (said: readonly string[]): readonly string[] => {
  const acked = idsOf(said, 'acked');
  return acked.filter((id, at) => acked.indexOf(id) !== at);
};

/** Deliveries of one ordering key that were leased before one that was sent before, other than by a redrive. */
export const outOfOrder = (said: readonly string[]): readonly string[] => {
  const redriven = new Set(idsOf(said, 'redriving', 'redriven').map((id) => id.split('.')[0]));
  const keys = new Map<string, { readonly key: string; readonly place: number }>();
  for (const line of said.filter((one) => one.startsWith('ordered '))) {
    const [, id = '', key = '', place] = line.split(' ');
    if (!redriven.has(id)) keys.set(id, { key, place: Number(place) });
  }
  const last = new Map<string, number>();
  return byToken(said, 'given').flatMap(({ id }) => {
    const known = keys.get(id.split('.')[0] ?? '');
    if (known === undefined) return [];
    const isEarlier = known.place < (last.get(known.key) ?? -1);
    last.set(known.key, Math.max(known.place, last.get(known.key) ?? -1));
    return isEarlier ? [id] : [];
  });
};

const connect = async (bus: Bus, directory: string, agent: string) =>
  bus.connect(await readFile(join(directory, `${agent}.token`), 'utf8'));

/** Everything that is queued or leased reaches its end. */
export const checkNothingStuck = async (bus: Bus, directory: string): Promise<void> => {
  for (const agent of ['planner', 'w0', 'w1', 'w2']) (await connect(bus, directory, agent)).handle(() => undefined);
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
};

/** Everything that had a receipt is there; what was held and not decided is held, what was acknowledged is delivered. */
export const checkStates = async (bus: Bus, said: readonly string[]): Promise<void> => {
  for (const id of idsOf(said, 'accepted', 'held')) expect((await bus.operations.trace(id)).message.id).toBe(id);
  const undecided = new Set(idsOf(said, 'held'));
  for (const id of idsOf(said, 'deciding')) undecided.delete(id);
  for (const id of undecided) {
    const states = (await bus.operations.trace(id)).deliveries.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['held']));
  }
  for (const id of idsOf(said, 'acked')) {
    const [message = ''] = id.split('.');
    const delivery = (await bus.operations.trace(message)).deliveries.find((one) => one.id === id);
    expect(delivery?.state).toBe('delivered');
  }
};

export const checkDedupe = async (bus: Bus, directory: string, said: readonly string[]): Promise<void> => {
  const planner = await connect(bus, directory, 'planner');
  for (const line of said.filter((one) => one.startsWith('key '))) {
    const [, dedupeKey = '', type = '', agent = '', messageId, orderingKey = ''] = line.split(' ');
    const ordered = orderingKey === '' ? {} : { orderingKey };
    const again = await planner.send({
      to: { agent },
      type: type as 'query',
      content: dedupeKey,
      dedupeKey,
      ...ordered,
    });
    expect(again).toMatchObject({ duplicate: true, messageId });
  }
};
