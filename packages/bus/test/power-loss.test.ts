import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@charterbus/core-models';
import { Disk, mayTrace, recordSyscalls, requireService, type Syscall, strace } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { checkDedupe, checkLeaves, checkNothingStuck, checkStates, open } from './support/promises.js';

const script = fileURLToPath(new URL('./support/busy-bus.ts', import.meta.url));
const things = 1500;
const cuts = 12;
const seed = 20_261_122;

const scratch = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-power-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

const isStoreFile = (path: string): boolean => /^store\.sqlite(?:-wal)?$/.test(basename(path));

/** What was left of the store, with the tokens of its agents, which others keep. */
const rebuild = async (files: ReadonlyMap<string, Buffer>, data: string): Promise<string> => {
  const directory = await scratch();
  for (const [path, bytes] of files) if (isStoreFile(path)) await writeFile(join(directory, basename(path)), bytes);
  for (const name of await readdir(data)) {
    if (name.endsWith('.token')) await copyFile(join(data, name), join(directory, name));
  }
  return directory;
};

const checkPromises = async (directory: string, said: readonly string[]): Promise<void> => {
  await using bus = await open(directory);
  await checkLeaves(bus);
  await checkStates(bus, said);
  await checkDedupe(bus, directory, said);
  await checkNothingStuck(bus, directory);
};

/** After which calls the power is cut, in order: not before something was promised. */
const momentsOf = (calls: readonly Syscall[]): ReadonlySet<number> => {
  const random = seededRandom(seed);
  const first = calls.findIndex((call) => call.kind === 'said' && call.text.startsWith('accepted'));
  const step = Math.floor((calls.length - first) / cuts);
  return new Set(Array.from({ length: cuts }, (_, cut) => first + cut * step + ((random.bytes(1)[0] ?? 0) % step)));
};

test(`what was promised is kept through a loss of power (seed ${seed})`, { timeout: 120_000 }, async (context) => {
  const program = requireService(context, strace);
  // It is installed, but only whoever runs this machine could let it: no service is missing.
  if (!(await mayTrace(program))) context.skip('strace may not look at processes here');
  const directory = await scratch();
  const data = join(directory, 'data');
  await mkdir(data);
  const calls = await recordSyscalls(program, join(directory, 'calls'), [script, data, String(seed), String(things)]);
  const random = seededRandom(seed);
  const disk = new Disk();
  const moments = momentsOf(calls);
  const said: string[] = [];
  for (const [at, call] of calls.entries()) {
    disk.apply(call);
    if (call.kind === 'said') said.push(...call.text.trim().split('\n'));
    if (moments.has(at)) await checkPromises(await rebuild(disk.afterLoss(random), data), said);
  }
  expect(said).toHaveLength(things);
});
