/**
 * What a backlog on SQLite takes: messages of 256 bytes are sent to somebody who is away, the process is killed, and another
 * one opens what was left. Memory is what is resident, with the peak as the kernel counts it; moments are counted from the
 * start of the process that they belong to.
 *
 * `BENCH_BACKLOG` (1,000,000), `BENCH_TAKE` (1: also deliver all of it) and `BENCH_DIRECTORY` are obeyed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const messages = Number(process.env['BENCH_BACKLOG'] ?? 1_000_000);
const takesAll = process.env['BENCH_TAKE'] === '1';
const script = fileURLToPath(new URL('backlog-process.js', import.meta.url));

interface Told {
  readonly what: string;
  readonly afterMs: number;
  readonly rss: number;
  readonly peak: number;
}

/** Runs one of the processes, and kills it once it has told of that. */
const runUntil = async (role: string, directory: string, end: string): Promise<ReadonlyMap<string, Told>> => {
  const child = spawn(process.execPath, ['--expose-gc', script, role, directory, String(messages)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const told = new Map<string, Told>();
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line) as Told;
    told.set(event.what, event);
    console.log(`${role}: ${line}`);
    if (event.what === end) child.kill('SIGKILL');
  }
  await ended;
  if (!told.has(end)) throw new Error(`The process that was to ${role} ended too soon.`);
  return told;
};

const directory = mkdtempSync(join(process.env['BENCH_DIRECTORY'] ?? tmpdir(), 'charterbus-backlog-'));
try {
  const filled = await runUntil('fill', directory, 'filled');
  const size = statSync(join(directory, 'store.sqlite')).size / 2 ** 20;
  const taken = await runUntil('take', directory, takesAll ? 'taken' : 'first delivery');
  const row = (name: string, { rss, peak, afterMs }: Told): string =>
    `| ${name} | ${(afterMs / 1000).toFixed(2)} s | ${rss} MiB | ${peak} MiB |`;
  console.log(`\n${messages} messages of 256 bytes, ${Math.round(size)} MiB on disk\n`);
  console.log('| moment | after the start of its process | resident | peak |\n|---|---|---|---|');
  for (const [what, event] of [...filled, ...taken]) {
    if (what !== 'filling' && what !== 'taking') console.log(row(what, event));
  }
} finally {
  rmSync(directory, { recursive: true });
}
