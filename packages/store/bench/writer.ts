/**
 * The SQLite store next to a bare one-row commit: for 1, 16 and 256 concurrent committers and in interleaved rounds, units
 * a second, the wait for a receipt, and commits a unit. `BENCH_ROUNDS` and `BENCH_DIRECTORY` are obeyed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { migrateAll } from '../src/database/migrations.js';
import type { Namespace, Write } from '../src/namespace.js';
import { writerSource } from '../src/sqlite/database-file.js';
import { openSqliteStore } from '../src/sqlite/sqlite-store.js';

const namespace: Namespace = {
  name: 'bench',
  migrations: [
    `CREATE TABLE bench_messages (id INTEGER PRIMARY KEY, message TEXT NOT NULL, envelope TEXT NOT NULL) STRICT;
     CREATE TABLE bench_leaves (position INTEGER PRIMARY KEY, leaf TEXT NOT NULL) STRICT;
     CREATE TABLE bench_marks (mark TEXT PRIMARY KEY, message TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  ],
  writes: {
    message: 'INSERT INTO bench_messages (message, envelope) VALUES (?, ?)',
    leaf: 'INSERT INTO bench_leaves (leaf) VALUES (?)',
    mark: 'INSERT INTO bench_marks (mark, message) VALUES (?, ?)',
  },
  reads: {},
};

const envelope = 'e'.repeat(330);
const leaf = 'l'.repeat(150);
let sequence = 0;

/** Three writes of about 600 bytes, as one admission makes. */
const unit = (): readonly Write[] => {
  const id = `01a20485-e7ea-7004-97fc-${String(sequence++).padStart(12, '0')}`;
  return [
    { namespace: 'bench', statement: 'message', values: [id, envelope] },
    { namespace: 'bench', statement: 'leaf', values: [leaf] },
    { namespace: 'bench', statement: 'mark', values: [id, id] },
  ];
};

/**
 * More than one checkpoint's worth of pages, in one transaction. A commit that extends the write-ahead log costs about half
 * as much again as one that overwrites it, so every run begins with a log that has reached its size and is used again.
 */
const warmingRows = 20_000;

/** What the event loop does besides for each unit, in microseconds: judging, encoding, dispatching. */
const work = (microseconds: number): void => {
  if (microseconds === 0) return;
  const end = process.hrtime.bigint() + BigInt(microseconds * 1000);
  while (process.hrtime.bigint() < end);
};

interface Sample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly commitsPerUnit: number;
  readonly longestStall: number;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

const withDirectory = async <Result>(run: (directory: string) => Promise<Result>): Promise<Result> => {
  const directory = mkdtempSync(join(process.env['BENCH_DIRECTORY'] ?? tmpdir(), 'store-bench-'));
  try {
    return await run(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
};

const drive = (committers: number, units: number, microseconds: number): Promise<Sample> =>
  withDirectory(async (directory) => {
    await using store = await openSqliteStore({ directory, namespaces: [namespace] });
    const warming = { namespace: 'bench', statement: 'leaf', values: [envelope] };
    await store.commit(Array.from({ length: warmingRows }, () => warming));
    await store.commit(unit());
    const commitsBefore = store.counts.commits;
    const waits: number[] = [];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let left = units;
    const committer = async (): Promise<void> => {
      while (left-- > 0) {
        work(microseconds);
        const from = performance.now();
        await store.commit(unit());
        waits.push(performance.now() - from);
      }
    };
    delay.enable();
    const start = performance.now();
    await Promise.all(Array.from({ length: committers }, committer));
    const seconds = (performance.now() - start) / 1000;
    delay.disable();
    const commits = store.counts.commits - commitsBefore;
    return {
      perSecond: units / seconds,
      p50: quantile(waits, 0.5),
      p99: quantile(waits, 0.99),
      commitsPerUnit: commits / units,
      longestStall: delay.max / 1e6,
    };
  });

/** One row, one commit, nothing around it. */
const bare = (units: number): Promise<Sample> =>
  withDirectory(async (directory) => {
    const database = writerSource(join(directory, 'store.sqlite')).open();
    migrateAll(database, [namespace]);
    const insert = database.prepare('INSERT INTO bench_leaves (leaf) VALUES (?)');
    database.exec('BEGIN');
    for (let row = 0; row < warmingRows; row++) insert.run(envelope);
    database.exec('COMMIT');
    insert.run(envelope);
    const waits: number[] = [];
    const start = performance.now();
    for (let done = 0; done < units; done++) {
      const from = performance.now();
      insert.run(envelope);
      waits.push(performance.now() - from);
    }
    const seconds = (performance.now() - start) / 1000;
    database.close();
    return {
      perSecond: units / seconds,
      p50: quantile(waits, 0.5),
      p99: quantile(waits, 0.99),
      commitsPerUnit: 1,
      longestStall: 0,
    };
  });

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const scale = Number(process.env['BENCH_SCALE'] ?? 1);
const samples = new Map<string, Sample[]>();
const note = (name: string, sample: Sample): void => void samples.set(name, [...(samples.get(name) ?? []), sample]);

for (let round = 0; round < rounds; round++) {
  note('bare, one row', await bare(1500 * scale));
  for (const [committers, units, microseconds] of [
    [1, 1500, 0],
    [16, 16_000, 0],
    [256, 60_000, 0],
    [256, 60_000, 12],
  ] as const) {
    const label = `${committers} committers${microseconds === 0 ? '' : `, ${microseconds} µs of work each`}`;
    note(label, await drive(committers, units * scale, microseconds));
  }
}

const spread = (list: readonly Sample[], of: (sample: Sample) => number, digits: number): string => {
  const values = list.map(of);
  const show = (value: number): string => value.toFixed(digits);
  return `${show(quantile(values, 0.5))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
};

process.stdout.write(
  '| run | units/s | p50 ms | p99 ms | commits a unit | longest stall of the event loop, ms |\n|---|---|---|---|---|---|\n',
);
for (const [name, list] of samples) {
  const cells = [
    spread(list, (sample) => sample.perSecond, 0),
    spread(list, (sample) => sample.p50, 3),
    spread(list, (sample) => sample.p99, 2),
    spread(list, (sample) => sample.commitsPerUnit, 4),
    spread(list, (sample) => sample.longestStall, 1),
  ];
  process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
}
