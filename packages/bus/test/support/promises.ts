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

/** What was given again to somebody who had acknowledged it. */
export const givenAfterAck = (said: readonly string[]): readonly string[] => {
  const done = new Set<string>();
  const wrong: string[] = [];
  for (const line of said) {
    const [word = '', id = ''] = line.split(' ');
    if (word === 'given' && done.has(id)) wrong.push(id);
    if (word === 'acked') done.add(id);
  }
  return wrong;
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
    const [, dedupeKey = '', type = '', agent = '', messageId] = line.split(' ');
    const again = await planner.send({ to: { agent }, type: type as 'query', content: dedupeKey, dedupeKey });
    expect(again).toMatchObject({ duplicate: true, messageId });
  }
};
