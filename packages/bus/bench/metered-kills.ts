/**
 * Whether what is counted is what was committed: a process that meters what it sends is killed again and again, and in the end the
 * ledger, the files of the JSON lines sink, and what a receiver of CloudEvents has got are held against the audit log, leaf by leaf.
 *
 * `BENCH_SENDS` (1,000,000), `BENCH_KILLS` (60), `BENCH_SEED` (1) and `BENCH_DIRECTORY` are obeyed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { meteredKills } from '../test/support/metered-kills.js';

const sends = Number(process.env['BENCH_SENDS'] ?? 1_000_000);
const kills = Number(process.env['BENCH_KILLS'] ?? 60);
const seed = Number(process.env['BENCH_SEED'] ?? 1);
const directory = mkdtempSync(join(process.env['BENCH_DIRECTORY'] ?? tmpdir(), 'charterbus-metered-kills-'));

const seconds = (): string => `${(performance.now() / 1000).toFixed(0)} s`;

try {
  const { log, ledger, lines, events, lost, repeated } = await meteredKills({
    directory,
    seed,
    sends,
    kills,
    script: new URL('../../test/support/metered-sender.ts', import.meta.url),
    onLife: (life, sent) => console.log(`${seconds()}: life ${life} was ended, about ${sent} sends have ended`),
  });
  console.log(`${seconds()}: seed ${seed}, ${kills} kills, ${log.admissions} admissions in ${log.leaves} leaves`);
  console.log(
    `lost ${lost}; holds that nobody decided ${log.timeouts}; events that came again and were dropped ${repeated}`,
  );
  console.log('| what | log | ledger | lines | events |\n|---|---|---|---|---|');
  for (const [name, sum] of Object.entries(log.sums)) {
    console.log(`| ${name} | ${sum} | ${ledger[name]} | ${lines[name]} | ${events[name]} |`);
  }
  const isEqual = [ledger, lines, events].every((sums) => isDeepStrictEqual(sums, log.sums));
  console.log(isEqual && lost === 0 ? 'All are equal.' : 'They differ.');
  if (!isEqual || lost > 0) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}
