import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type Bus, createBus } from '../src/index.js';
import { sqliteBackend } from '../src/sqlite.js';
import { Child } from './support/child.js';
import { turn } from './support/fleet.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

/** Runs a busy bus and kills it after so many lines; all that it said, in order. */
const runUntilKilled = async (directory: string, after: number, childSeed: number): Promise<readonly string[]> => {
  const child = new Child('busy-bus.ts', directory, String(childSeed));
  const said: string[] = [];
  while (said.length < after) {
    const line = await child.line();
    if (line === undefined) throw new Error('The busy bus ended by itself.');
    said.push(line);
  }
  await child.kill();
  // What was on its way in the pipe was said as well; a last line that was cut short says nothing.
  for (let line = await child.line(); line !== undefined; line = await child.line()) said.push(line);
  return said;
};

/** The ids that were said with a word. */
const idsOf = (said: readonly string[], ...words: readonly string[]): readonly string[] =>
  said.filter((line) => words.includes(line.split(' ')[0] ?? '')).map((line) => line.split(' ')[1] ?? '');

const open = (directory: string): Promise<Bus> =>
  createBus({
    constitution: rulesConstitution([
      { id: 'ask', effect: 'permit', messageTypes: ['governance_request'], escalate: 'look' },
      { id: 'rest', effect: 'permit', messageTypes: ['query', 'response', 'event'] },
    ]),
    backend: sqliteBackend({ directory }),
    delivery: { backoffMs: 1 },
  });

const checkLeaves = (bus: Bus): void => {
  const { leafCount } = bus.operations;
  for (let index = 0; index < leafCount; index++) expect(bus.operations.leaf(index)?.index).toBe(index);
};

/** What was given again to somebody who had acknowledged it. */
const givenAfterAck = (said: readonly string[]): readonly string[] => {
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
const checkNothingStuck = async (bus: Bus, directory: string): Promise<void> => {
  for (const agent of ['planner', 'w0', 'w1', 'w2']) (await connect(bus, directory, agent)).handle(() => undefined);
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
};

/** Everything that had a receipt is there; what was held and not decided is held, what was acknowledged is delivered. */
const checkStates = (bus: Bus, said: readonly string[]): void => {
  for (const id of idsOf(said, 'accepted', 'held')) expect(bus.operations.trace(id).message.id).toBe(id);
  const undecided = new Set(idsOf(said, 'held'));
  for (const id of idsOf(said, 'deciding')) undecided.delete(id);
  for (const id of undecided) {
    const states = bus.operations.trace(id).deliveries.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['held']));
  }
  for (const id of idsOf(said, 'acked')) {
    const [message = ''] = id.split('.');
    const delivery = bus.operations.trace(message).deliveries.find((one) => one.id === id);
    expect(delivery?.state).toBe('delivered');
  }
};

const checkDedupe = async (bus: Bus, directory: string, said: readonly string[]): Promise<void> => {
  const planner = await connect(bus, directory, 'planner');
  for (const line of said.filter((one) => one.startsWith('key '))) {
    const [, dedupeKey = '', type = '', agent = '', messageId] = line.split(' ');
    const again = await planner.send({ to: { agent }, type: type as 'query', content: dedupeKey, dedupeKey });
    expect(again).toMatchObject({ duplicate: true, messageId });
  }
};

test(`what was promised is kept through kill -9, again and again (seed ${seed})`, { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-killed-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const random = seededRandom(seed);
  const said: string[] = [];
  for (let round = 0; round < 4; round++) {
    const after = 50 + 4 * (random.bytes(1)[0] ?? 0);
    said.push(...(await runUntilKilled(directory, after, seed * 10 + round)));
  }
  expect(givenAfterAck(said)).toEqual([]);
  await using bus = await open(directory);
  checkLeaves(bus);
  checkStates(bus, said);
  await checkDedupe(bus, directory, said);
  await checkNothingStuck(bus, directory);
  checkLeaves(bus);
});
