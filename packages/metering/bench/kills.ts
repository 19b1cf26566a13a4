/**
 * A million records are metered on SQLite and into lines of JSON by processes that are killed at random, one after the other; what is
 * counted must be the plain sum. `BENCH_RECORDS` and `CHARTERBUS_SEED` are obeyed. It runs from the built package.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { seededRandom } from '@charterbus/core-models';
import { countedIn, meterThroughKills, plainSumOf, wrongLinesIn } from '../test/support/killed-runs.js';

const records = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);
const directory = mkdtempSync(join(tmpdir(), 'charterbus-kills-'));
const script = new URL('../../test/support/meter-until-killed.ts', import.meta.url);

try {
  const runs = { script, directory, records, batch: 1000, batches: 60, random: seededRandom(seed) };
  const begun = performance.now();
  const kills = await meterThroughKills(runs);
  const seconds = (performance.now() - begun) / 1000;
  const [counted, expected, wrong] = [await countedIn(runs), plainSumOf(records), await wrongLinesIn(runs)];
  console.log(`${records} records, ${kills} kills, ${seconds.toFixed(1)} s, seed ${seed}, load ${loadavg().join(' ')}`);
  console.log('counted ', counted);
  console.log('expected', expected);
  console.log(`lines that are not there once: ${wrong.length}`);
  if (!isDeepStrictEqual(counted, expected) || wrong.length > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
