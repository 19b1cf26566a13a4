import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@charterbus/core-models';
import { Child } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { checkDedupe, checkLeaves, checkNothingStuck, checkStates, givenAfterAck, open } from './support/promises.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

/** Runs a busy bus and kills it after so many lines; all that it said, in order. */
const runUntilKilled = async (directory: string, after: number, childSeed: number): Promise<readonly string[]> => {
  const child = new Child(new URL('./support/busy-bus.ts', import.meta.url), directory, String(childSeed));
  onTestFinished(() => child.kill());
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
  await checkLeaves(bus);
  await checkStates(bus, said);
  await checkDedupe(bus, directory, said);
  await checkNothingStuck(bus, directory);
  await checkLeaves(bus);
});
