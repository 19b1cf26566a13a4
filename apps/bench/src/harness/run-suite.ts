import type { Sample } from '../measure/sample.js';
import type { Progress } from '../progress.js';
import { type Conclusion, conclude, type Target } from '../statistics/conclude.js';
import { type Interval, medianInterval } from '../statistics/median-interval.js';
import { median } from '../statistics/quantiles.js';
import type { Ratio, Row, Suite } from '../suite.js';
import type { Plan } from './plan.js';
import type { Runner, StartRunner } from './runner.js';
import { wordsOf } from './words-of.js';

export interface MeasuredRow extends Pick<Row, 'name' | 'kind' | 'profile' | 'leavesOut'> {
  /** The median of each figure over the rounds. */
  readonly figures: Sample;
  readonly speed: Interval;
}

export interface MeasuredRatio {
  readonly name: string;
  readonly interval: Interval;
  readonly target?: Target;
  /** Absent without a target. */
  readonly conclusion?: Conclusion;
}

export interface MeasuredSuite {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly MeasuredRow[];
  readonly ratios: readonly MeasuredRatio[];
  /** What this machine could not measure, and for want of what. */
  readonly skipped?: readonly string[];
}

export interface RunOptions {
  readonly plan: Plan;
  readonly start: StartRunner;
  readonly progress: Progress;
}

/** What a row threw, with its name. */
const named = async <Result>(row: Row, work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (cause) {
    throw new Error(`${row.name}: ${wordsOf(cause)}`, { cause });
  }
};

const measureRow = (row: Row, samples: readonly Sample[]): MeasuredRow => {
  const middle = (of: (sample: Sample) => number): number => median(samples.map(of));
  const counts = Object.keys(samples[0]?.counts ?? {}).map(
    (name) => [name, middle((sample) => sample.counts[name] ?? 0)] as const,
  );
  const { name, kind, profile, leavesOut } = row;
  return {
    name,
    kind,
    profile,
    ...(leavesOut === undefined ? {} : { leavesOut }),
    figures: {
      opsPerSecond: middle((sample) => sample.opsPerSecond),
      p50Us: middle((sample) => sample.p50Us),
      p90Us: middle((sample) => sample.p90Us),
      p99Us: middle((sample) => sample.p99Us),
      counts: Object.fromEntries(counts),
    },
    speed: medianInterval(samples.map((sample) => sample.opsPerSecond)),
  };
};

type Samples = ReadonlyMap<string, readonly Sample[]>;

const sampleOf = (samples: Samples, row: string, round: number): Sample => {
  const sample = samples.get(row)?.[round];
  if (sample === undefined) throw new TypeError(`There is no row ${row}.`);
  return sample;
};

/** By rounds, not by rows: what disturbed a round disturbed both sides of its ratio. */
export const measureRatio = ({ name, value, target }: Ratio, samples: Samples, rounds: number): MeasuredRatio => {
  const values = Array.from({ length: rounds }, (_, round) => value((row) => sampleOf(samples, row, round)));
  const interval = medianInterval(values);
  return { name, interval, ...(target === undefined ? {} : { target, conclusion: conclude(interval, target) }) };
};

interface Started {
  readonly row: Row;
  readonly runner: Runner;
  readonly operations: number;
  readonly samples: Sample[];
}

const startRow = async (suite: Suite, row: Row, options: RunOptions, stack: AsyncDisposableStack): Promise<Started> => {
  const { plan, start, progress } = options;
  const runner = stack.use(await start(suite.name, row));
  const rate = await runner.warmUp(plan.warmUp);
  progress.step(`warm-up: ${row.name}`);
  return { row, runner, operations: Math.max(1, Math.round((rate * plan.batchMs) / 1000)), samples: [] };
};

/** Measures the rows of a suite in turns, round by round, and compares them. */
export const runSuite = async (suite: Suite, options: RunOptions): Promise<MeasuredSuite> => {
  const { plan, progress } = options;
  await using stack = new AsyncDisposableStack();
  using _shown = progress.begin(suite.name, suite.rows.length * (plan.rounds + 1));
  const started: Started[] = [];
  for (const row of suite.rows) started.push(await named(row, startRow(suite, row, options, stack)));
  for (let round = 1; round <= plan.rounds; round++) {
    for (const { row, runner, operations, samples } of started) {
      samples.push(await named(row, runner.sample(operations)));
      progress.step(`round ${round} of ${plan.rounds}: ${row.name}`);
    }
  }
  const samples: Samples = new Map(started.map((each) => [each.row.name, each.samples]));
  return {
    name: suite.name,
    title: suite.title,
    rows: started.map((each) => measureRow(each.row, each.samples)),
    ratios: suite.ratios.map((ratio) => measureRatio(ratio, samples, plan.rounds)),
    ...(suite.skipped === undefined ? {} : { skipped: suite.skipped }),
  };
};
