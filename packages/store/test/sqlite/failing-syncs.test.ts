import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@charterbus/core-models';
import { Disk, mayTrace, recordSyscalls, requireService, type Syscall, strace } from '@charterbus/tooling/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { otherNamespace, rowsNamespace } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';

const script = fileURLToPath(new URL('../support/commit-despite-failures.ts', import.meta.url));
const units = 3000;
const cuts = 40;
const seed = 20_261_122;

const record = (program: string): Promise<readonly Syscall[]> => {
  const directory = temporaryDirectory();
  const data = join(directory, 'data');
  mkdirSync(data);
  const failing = { first: 20, last: 65_000, step: 7 };
  return recordSyscalls(program, join(directory, 'calls'), [script, data, String(units)], failing);
};

/** What the process had said of its units. */
class Said {
  readonly kept = new Set<number>();
  readonly failed = new Map<number, string>();
  /** What failed before something else was kept: nothing of it can be on its way to the disk any more. */
  readonly settled = new Set<number>();

  take(text: string): void {
    for (const line of text.trim().split('\n')) {
      const [number, code] = line.split(' ');
      if (code === undefined) {
        this.kept.add(Number(number));
        for (const failed of this.failed.keys()) this.settled.add(failed);
      } else this.failed.set(Number(number), code);
    }
  }
}

/** Opens what a loss of power left: what of the kept units is missing, and what of the failed ones is there. */
const judge = async (files: ReadonlyMap<string, Buffer>, said: Said) => {
  const directory = temporaryDirectory();
  for (const [path, bytes] of files) {
    if (/^store\.sqlite(?:-wal|-mark)?$/.test(basename(path))) writeFileSync(join(directory, basename(path)), bytes);
  }
  await using store = await openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] });
  const rows = new Set(store.read('rows', 'all', []).map((row) => String(row['name'])));
  const notes = new Set(store.read('other', 'all', []).map((row) => Number(row['item'])));
  return {
    missing: [...said.kept].filter((number) => !rows.has(`n${number}`) || !notes.has(number)),
    risen: [...said.settled].filter((number) => rows.has(`n${number}`) || notes.has(number)),
    halves: [...notes].filter((number) => !rows.has(`n${number}`)).length + Math.abs(rows.size - notes.size),
  };
};

describe('a disk whose syncs fail, and that forgets what it could not write', () => {
  let calls: readonly Syscall[] = [];

  beforeEach(async (context) => {
    const program = requireService(context, strace);
    // It is installed, but only whoever runs this machine could let it: no service is missing.
    if (!(await mayTrace(program))) context.skip('strace may not look at processes here');
    if (calls.length === 0) calls = await record(program);
  }, 120_000);

  it('acknowledges nothing that was not synced, says so with one code, and goes on when the disk does', () => {
    const said = new Said();
    const failing = calls.filter((call) => call.kind === 'failed-sync');
    for (const call of calls) if (call.kind === 'said') said.take(call.text);
    expect(failing.length).toBeGreaterThan(50);
    expect(said.kept.size).toBe(units);
    expect(said.failed.size).toBeGreaterThanOrEqual(failing.length);
    expect(new Set(said.failed.values())).toEqual(new Set(['STORE_UNAVAILABLE']));
  });

  it(`loses nothing that was acknowledged should its power be cut too, and brings back nothing that failed (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const disk = new Disk();
    const said = new Said();
    const first = calls.findIndex(({ kind }) => kind === 'said');
    const step = Math.floor((calls.length - first) / cuts);
    for (const [at, call] of calls.entries()) {
      disk.apply(call);
      if (call.kind === 'said') said.take(call.text);
      const [jitter = 0] = random.bytes(1);
      if (at <= first || (at + jitter) % step !== 0) continue;
      expect(await judge(disk.afterLoss(random), said), `after call ${at}`).toEqual({
        missing: [],
        risen: [],
        halves: 0,
      });
    }
  }, 120_000);
});
