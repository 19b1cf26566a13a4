import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreError, seededRandom } from '@charterbus/core-models';
import { Disk, mayTrace, recordSyscalls, requireService, type Syscall, strace } from '@charterbus/tooling/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { otherNamespace, rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';

const script = fileURLToPath(new URL('../support/commit-forever.ts', import.meta.url));
const units = 8000;
const cuts = 60;
const seed = 20_261_122;

/** What the committing process did until it had said enough. */
const record = (program: string): Promise<readonly Syscall[]> => {
  const directory = temporaryDirectory();
  const data = join(directory, 'data');
  mkdirSync(data);
  return recordSyscalls(program, join(directory, 'calls'), [script, data, '0', String(units)]);
};

interface Loss {
  readonly at: number;
  readonly acknowledged: number;
  /** The store says so itself, and does not open. */
  readonly damaged: boolean;
  readonly missing: readonly number[];
  readonly halves: number;
}

const isSound = ({ damaged, missing, halves }: Loss): boolean => !damaged && missing.length === 0 && halves === 0;

const isStoreFile = (path: string): boolean => /^store\.sqlite(?:-wal|-mark)?$/.test(basename(path));

/** Opens what was left and compares it with what the process had said until then. */
const judge = async (files: ReadonlyMap<string, Buffer>, said: ReadonlySet<number>, at: number): Promise<Loss> => {
  const directory = temporaryDirectory();
  for (const [path, bytes] of files) if (isStoreFile(path)) writeFileSync(join(directory, basename(path)), bytes);
  const [opened] = await Promise.allSettled([
    openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] }),
  ]);
  if (opened.status === 'rejected') {
    if (!StoreError.isInstance(opened.reason) || opened.reason.code !== 'STORE_CORRUPT') throw opened.reason;
    return { at, acknowledged: said.size, damaged: true, missing: [], halves: 0 };
  }
  await using store = opened.value;
  const rows = new Set(store.read('rows', 'all', []).map((row) => String(row['name'])));
  const notes = new Set(store.read('other', 'all', []).map((row) => Number(row['item'])));
  const missing = [...said].filter((number) => !rows.has(`n${number}`) || !notes.has(number));
  const halves = [...notes].filter((number) => !rows.has(`n${number}`)).length + Math.abs(rows.size - notes.size);
  return { at, acknowledged: said.size, damaged: false, missing, halves };
};

/** Cuts the power at many moments. */
const cutPower = async (calls: readonly Syscall[], disk: Disk): Promise<readonly Loss[]> => {
  const random = seededRandom(seed);
  const first = calls.findIndex(({ kind }) => kind === 'said');
  const step = Math.floor((calls.length - first) / cuts);
  const said = new Set<number>();
  const losses: Loss[] = [];
  for (const [at, call] of calls.entries()) {
    disk.apply(call);
    if (call.kind === 'said') for (const line of call.text.trim().split('\n')) said.add(Number(line));
    const [jitter = 0] = random.bytes(1);
    if (at > first && (at + jitter) % step === 0) losses.push(await judge(disk.afterLoss(random), said, at));
  }
  return losses;
};

describe('a loss of power', () => {
  let calls: readonly Syscall[] = [];

  beforeEach(async (context) => {
    const program = requireService(context, strace);
    // It is installed, but only whoever runs this machine could let it: no service is missing.
    if (!(await mayTrace(program))) context.skip('strace may not look at processes here');
    if (calls.length === 0) calls = await record(program);
  }, 120_000);

  it(`loses no unit that was acknowledged, and no half of any (seed ${seed})`, async () => {
    const losses = await cutPower(calls, new Disk());
    expect(losses.length).toBeGreaterThan(cuts / 2);
    expect(losses.at(-1)?.acknowledged).toBeGreaterThan(units / 2);
    expect(losses.filter((loss) => !isSound(loss))).toEqual([]);
  }, 120_000);

  it('is tried while the log is carried over into the file as well', () => {
    const first = calls.findIndex(({ kind }) => kind === 'said');
    const carried = calls.slice(first).filter((call) => call.kind === 'write' && call.path.endsWith('store.sqlite'));
    expect(carried.length).toBeGreaterThan(50);
  });

  it('would be noticed on a disk that lies about the syncs of the log', async () => {
    const losses = await cutPower(calls, new Disk(/-wal$/));
    expect(losses.filter((loss) => !isSound(loss)).length).toBeGreaterThan(losses.length / 3);
  }, 120_000);
});
