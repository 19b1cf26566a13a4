import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooserOf } from '@charterbus/policy-client/testing';
import { airlineData, requireService } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import { airlineWorld } from './support/airline-world.js';
import { worldOfSeed } from './support/compare.js';
import { type PlainCall, plainReplay } from './support/plain-replay.js';
import { randomTrace } from './support/random-trace.js';
import { disguised } from './support/renamed.js';
import { readTables, replayAirline, replayTexts, sortedCalls, writingCalls } from './support/replayed.js';

const expectedOf = (data: string): readonly PlainCall[] => {
  const lines = readFileSync(join(data, 'expected.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as PlainCall);
};

it('stops the 34 of 121 recorded calls that break a rule, and nothing else', { timeout: 60_000 }, async (context) => {
  const data = requireService(context, airlineData);
  const report = await replayAirline(join(data, 'trajectories.jsonl'), data);
  expect(writingCalls(report)).toEqual(expectedOf(data));
  const { sent, allowed, denied } = report.totals.messages;
  expect([report.outcome, sent, allowed, denied]).toEqual(['complete', 2600, 2566, 34]);
});

it('says the same of the recorded calls under other names and in another order', {
  timeout: 60_000,
}, async (context) => {
  const data = requireService(context, airlineData);
  const other = disguised(readFileSync(join(data, 'trajectories.jsonl'), 'utf8'), readTables(data));
  const report = await replayTexts(other.trace, other.tables);
  expect(sortedCalls(writingCalls(report))).toEqual(sortedCalls(expectedOf(data)));
});

it('says of made-up conversations what the plain rules say', { timeout: 60_000 }, async () => {
  const world = worldOfSeed(11);
  const trace = randomTrace(chooserOf(12), world, 150);
  const expected = plainReplay(trace, airlineWorld(world));
  expect(writingCalls(await replayTexts(trace, world))).toEqual(expected);
  expect(new Set(expected.flatMap(({ rules }) => rules)).size).toBe(8);
});
