import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReplayReport } from '../../../src/replay/report/report-schema.js';
import { readReport, runCommand, temporaryDirectory } from '../../replay/support.js';
import { isWritingTool } from './airline-world.js';
import type { PlainCall } from './plain-replay.js';

const example = fileURLToPath(new URL('../../../../../examples/airline/', import.meta.url));

export const airlineExample = {
  constitution: join(example, 'constitution'),
  data: join(example, 'data'),
  trace: join(example, 'trace.jsonl'),
} as const;

/** Replays a trace under the airline's constitution, as a user would. */
export const replayAirline = async (trace: string, data: string): Promise<ReplayReport> => {
  const report = join(await temporaryDirectory(), 'report.json');
  const given = ['--constitution', airlineExample.constitution, '--data', data];
  const { exitCode, complained } = await runCommand(['--trace', trace, ...given, '--report', report]);
  if (exitCode !== 0) throw new Error(`The replay ended with ${String(exitCode)}: ${complained.join('\n')}`);
  return readReport(report);
};

/** The same for a trace and data at hand. */
export const replayTexts = async (trace: string, tables: object): Promise<ReplayReport> => {
  const directory = await temporaryDirectory();
  const data = join(directory, 'data');
  await mkdir(data);
  for (const [table, rows] of Object.entries(tables))
    await writeFile(join(data, `${table}.json`), JSON.stringify(rows));
  await writeFile(join(directory, 'trace.jsonl'), trace);
  return replayAirline(join(directory, 'trace.jsonl'), data);
};

/** The tables in a directory, as they are written. */
export const readTables = (directory: string): Readonly<Record<string, object>> =>
  Object.fromEntries(
    ['reservations', 'users', 'flights'].map((table) => [
      table,
      JSON.parse(readFileSync(join(directory, `${table}.json`), 'utf8')) as object,
    ]),
  );

const ruleId = /^R[1-8]$/;

/** Where nothing else tells two calls apart. */
export const sortedCalls = (calls: readonly PlainCall[]): readonly PlainCall[] => {
  const places = calls.map((call) => ({
    call,
    place: JSON.stringify([call.task_id, call.trial, call.message, call.call]),
  }));
  return places.toSorted((left, right) => (left.place < right.place ? -1 : 1)).map(({ call }) => call);
};

/** The writing calls of a report, said as the plain rules say it. */
export const writingCalls = ({ calls }: ReplayReport): readonly PlainCall[] =>
  calls.flatMap(({ task_id, trial, message, call, tool, verdict, reasons }) => {
    if (!isWritingTool(tool)) return [];
    const rules = verdict === 'deny' ? reasons.filter((reason) => ruleId.test(reason)) : [];
    return [{ task_id, trial, message, call, tool, verdict, rules } as PlainCall];
  });
