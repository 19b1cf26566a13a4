import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { airlineData, requireService } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import { readAirlineWorld } from './support/airline-world.js';
import { plainReplay } from './support/plain-replay.js';

it('the plain rules say of the recorded calls what their README expects', (context) => {
  const data = requireService(context, airlineData);
  const lines = (name: string): readonly string[] => readFileSync(join(data, name), 'utf8').trim().split('\n');
  const expected = lines('expected.jsonl').map((line) => JSON.parse(line) as unknown);
  const calls = plainReplay(lines('trajectories.jsonl').join('\n'), readAirlineWorld(data));
  expect(calls).toEqual(expected);
  expect([calls.length, calls.filter(({ verdict }) => verdict === 'deny').length]).toEqual([121, 34]);
});
