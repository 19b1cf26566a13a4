import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@charterbus/core-models';
import { expect, onTestFinished, test } from 'vitest';
import { countedIn, meterThroughKills, plainSumOf, wrongLinesIn } from '../support/killed-runs.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

test(`each record is counted once, and is one line, through kill -9 at any moment (seed ${seed})`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const script = new URL('../support/meter-until-killed.ts', import.meta.url);
  const runs = { script, directory, records: 16_000, batch: 500, batches: 16, random: seededRandom(seed) };
  await meterThroughKills(runs);
  expect(await countedIn(runs)).toEqual(plainSumOf(runs.records));
  expect(await wrongLinesIn(runs)).toEqual([]);
}, 60_000);
