import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@charterbus/core-models';
import { Disk, mayTrace, recordSyscalls, requireService, type Syscall, strace } from '@charterbus/tooling/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkDedupe, checkLeaves, checkNothingStuck, checkStates, open } from './support/promises.js';

const script = fileURLToPath(new URL('./support/busy-bus.ts', import.meta.url));
const things = 1500;
const cuts = 16;
const seed = 20_261_122;

const scratch = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-power-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

const isStoreFile = (path: string): boolean => /^store\.sqlite(?:-wal|-mark)?$/.test(basename(path));

/** What was left of the store, with the tokens of its agents, which others keep. */
const rebuild = async (files: ReadonlyMap<string, Buffer>, data: string): Promise<string> => {
  const directory = await scratch();
  for (const [path, bytes] of files) if (isStoreFile(path)) await writeFile(join(directory, basename(path)), bytes);
  for (const name of await readdir(data)) {
    if (name.endsWith('.token')) await copyFile(join(data, name), join(directory, name));
  }
  return directory;
};

/** What SQLite itself says of the file. */
const checkFile = (directory: string): void => {
  const database = new DatabaseSync(join(directory, 'store.sqlite'), { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  database.close();
};

const checkPromises = async (directory: string, said: readonly string[]): Promise<void> => {
  const bus = await open(directory);
  try {
    await checkLeaves(bus);
    await checkStates(bus, said);
    await checkDedupe(bus, directory, said);
    await checkNothingStuck(bus, directory);
  } finally {
    await bus.drain();
  }
  checkFile(directory);
};

/** After which calls the power is cut, in order: not before something was promised. */
const momentsOf = (calls: readonly Syscall[]): ReadonlySet<number> => {
  const random = seededRandom(seed);
  const first = calls.findIndex((call) => call.kind === 'said' && call.text.startsWith('accepted'));
  const step = Math.floor((calls.length - first) / cuts);
  return new Set(Array.from({ length: cuts }, (_, cut) => first + cut * step + ((random.bytes(1)[0] ?? 0) % step)));
};

/** What a busy bus did and said, in its order, and where its agents' tokens are. */
const record = async (program: string) => {
  const directory = await scratch();
  const data = join(directory, 'data');
  await mkdir(data);
  const calls = await recordSyscalls(program, join(directory, 'calls'), [script, data, String(seed), String(things)]);
  return { data, calls };
};

/** Of each cut, whether the promises were kept, or what of them was not. */
const cutPower = async ({ data, calls }: Awaited<ReturnType<typeof record>>, disk: Disk) => {
  const random = seededRandom(seed);
  const moments = momentsOf(calls);
  const said: string[] = [];
  const outcomes: string[] = [];
  for (const [at, call] of calls.entries()) {
    disk.apply(call);
    if (call.kind === 'said') said.push(...call.text.trim().split('\n'));
    if (!moments.has(at)) continue;
    const [checked] = await Promise.allSettled([checkPromises(await rebuild(disk.afterLoss(random), data), said)]);
    outcomes.push(checked.status === 'fulfilled' ? 'kept' : `after call ${at}: ${String(checked.reason)}`);
  }
  return { said, outcomes };
};

describe('a busy bus that loses its power', () => {
  let recorded: Awaited<ReturnType<typeof record>>;

  beforeEach(async (context) => {
    const program = requireService(context, strace);
    // It is installed, but only whoever runs this machine could let it: no service is missing.
    if (!(await mayTrace(program))) context.skip('strace may not look at processes here');
    recorded = await record(program);
  }, 120_000);

  it(`keeps what it promised (seed ${seed})`, { timeout: 120_000 }, async () => {
    const { said, outcomes } = await cutPower(recorded, new Disk());
    expect(outcomes).toEqual(Array.from({ length: cuts }, () => 'kept'));
    expect(said).toHaveLength(things);
    const durabilities = said.filter((line) => /^(accepted|held) /.test(line)).map((line) => line.split(' ')[2]);
    expect(new Set(durabilities)).toEqual(new Set(['fsync']));
  });

  it('is found out by this, should the disk lie about the syncs of the log', { timeout: 120_000 }, async () => {
    const { outcomes } = await cutPower(recorded, new Disk(/-wal$/));
    expect(outcomes.filter((outcome) => outcome !== 'kept').length).toBeGreaterThan(cuts / 3);
  });
});
