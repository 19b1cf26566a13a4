import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { systemClock, systemRandom, systemTimers } from '@charterbus/core-models';
import { Command } from 'commander';
import type { Terminal } from '../commands/terminal.js';
import { stated } from '../http/schemas/request.js';
import { exitCodeOf, replayExitCodes } from './exit-codes.js';
import { type CommandLineOptions, commandLineOptions, helpText } from './options.js';
import { progressBar } from './progress-bar.js';
import { ReplayError } from './replay-error.js';
import { buildReport } from './report/build-report.js';
import { checkReportFiles, reportFiles } from './report/report-files.js';
import type { ReplayReport } from './report/report-schema.js';
import { stoppedLines } from './report/stopped-lines.js';
import { lastLine, remarks } from './report/summary.js';
import { reportTables } from './report/tables.js';
import { writeReport } from './report/write-report.js';
import { ReplayRun } from './run/replay-run.js';
import { sentenceOf } from './sentences.js';
import { checkDataDirectory } from './target/data-directory.js';
import { openEmbeddedTarget } from './target/embedded-target.js';
import { BusClient } from './target/http/bus-client.js';
import { expectedConstitution } from './target/http/expected-constitution.js';
import { openServerTarget } from './target/http/server-target.js';
import type { OpenTarget } from './target/replay-target.js';
import { openTrace } from './trace/open-trace.js';
import { readLines } from './trace/read-lines.js';

const deliveryMs = 30_000;

interface RunPlace {
  readonly runId: string;
  /** Aborted by Ctrl-C. */
  readonly stop: AbortSignal;
}

const serverTarget = (url: URL, options: CommandLineOptions, terminal: Terminal, place: RunPlace): OpenTarget => {
  const operatorToken = terminal.environment['CHARTERBUS_OPERATOR_TOKEN'] ?? '';
  if (operatorToken === '') throw new ReplayError('Set CHARTERBUS_OPERATOR_TOKEN to replay through a server.');
  const outside = { clock: systemClock, timers: systemTimers, random: systemRandom };
  const client = new BusClient({ url, halt: place.stop, ...outside });
  return async (listener) => {
    const given = options.constitution;
    const expected = given === undefined ? {} : { expected: await expectedConstitution(given) };
    return openServerTarget({ client, operatorToken, tenant: place.runId, ...expected }, listener);
  };
};

const embeddedTarget =
  ({ constitution, data, keep, concurrency }: CommandLineOptions): OpenTarget =>
  (listener) =>
    openEmbeddedTarget({ ...stated({ constitution, data, keep }), credit: concurrency }, listener);

const runReplay = async (options: CommandLineOptions, terminal: Terminal, stop: AbortSignal): Promise<ReplayReport> => {
  const { server, data, concurrency } = options;
  await checkReportFiles(reportFiles(options));
  if (data !== undefined) await checkDataDirectory(data);
  const trace = await openTrace(options.trace, stop);
  const runId = `replay-${randomUUID()}`;
  const openTarget =
    server === undefined ? embeddedTarget(options) : serverTarget(server, options, terminal, { runId, stop });
  using progress = progressBar({ stream: process.stderr, quiet: options.quiet === true, size: trace.size });
  const lines = readLines(trace.bytes);
  const run = await new ReplayRun({ lines, openTarget, concurrency, runId, deliveryMs, stop, progress }).run();
  return buildReport(run, {
    target: server === undefined ? 'embedded' : 'server',
    trace: basename(options.trace),
  });
};

const show = (report: ReplayReport, terminal: Terminal): void => {
  if (report.messages > 0) for (const part of [...reportTables(report), ...stoppedLines(report)]) terminal.print(part);
  for (const remark of remarks(report)) terminal.complain(remark);
  for (const problem of report.problems.slice(1)) terminal.complain(problem);
};

/** A signal ends the run; further ones change nothing, since every wait that is left is bounded. */
const onSignals = (stop: () => void): Disposable => {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  // Neither signals nor the bus' timers keep a process alive that only waits.
  const alive = setInterval(() => {}, 2 ** 30);
  return {
    [Symbol.dispose]: () => {
      clearInterval(alive);
      for (const signal of signals) process.off(signal, stop);
    },
  };
};

const replay = async (options: CommandLineOptions, terminal: Terminal): Promise<void> => {
  const stopping = new AbortController();
  using _signals = onSignals(() => stopping.abort());
  try {
    const report = await runReplay(options, terminal, stopping.signal);
    show(report, terminal);
    for (const { path, render } of reportFiles(options)) await writeReport(path, render(report));
    if (report.outcome === 'complete') terminal.print(lastLine(report));
    else terminal.complain(lastLine(report));
    terminal.exitWith(exitCodeOf(report));
  } catch (error) {
    terminal.complain(sentenceOf(error));
    terminal.exitWith(replayExitCodes.failed);
  }
};

/** `charterbus replay`: sends recorded conversations through a bus and reports what the constitution decided. */
export const replayCommand = (terminal: Terminal): Command => {
  const command = new Command('replay').description(
    'Send recorded conversations through a bus and report the verdicts.',
  );
  for (const option of commandLineOptions) command.addOption(option);
  return command.addHelpText('after', helpText).action((options: CommandLineOptions) => replay(options, terminal));
};
