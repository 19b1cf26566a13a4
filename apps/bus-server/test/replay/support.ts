import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { onTestFinished } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import type { Terminal } from '../../src/commands/terminal.js';
import { type ReplayReport, replayReportSchema } from '../../src/replay/report/report-schema.js';

export const exampleTrace = fileURLToPath(new URL('../../../../examples/replay/conversations.jsonl', import.meta.url));

/** Denies refunds and holds notes. */
export const exampleConstitution = fileURLToPath(new URL('../../../../examples/replay/constitution', import.meta.url));

/** A directory that goes with the test. */
export const temporaryDirectory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'charterbus-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

/** The default constitution, but refunds are forbidden and notes wait for the foreman. */
export const strictConstitution = async (): Promise<string> => {
  const directory = join(await temporaryDirectory(), 'strict');
  await cp(defaultConstitutionDirectory, directory, { recursive: true });
  const manifest = join(directory, 'manifest.yaml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('name: default', 'name: strict'));
  const policies = `
    @id("no-refunds")
    forbid (principal, action == Action::"send", resource is Agent)
    when { context.messageType == "task_request" && resource.id == "tool:refund" };

    @id("notes-are-checked")
    @escalate("foreman")
    permit (principal, action == Action::"send", resource is Agent)
    when { context.messageType == "task_request" && resource.id == "tool:add_note" };
  `;
  await writeFile(join(directory, 'policies', 'workshop.cedar'), policies);
  return directory;
};

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly printed: readonly string[];
  readonly complained: readonly string[];
}

/** Runs `charterbus replay …` in this process. */
export const runCommand = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> => {
  const printed: string[] = [];
  const complained: string[] = [];
  let exitCode: number | undefined;
  const terminal: Terminal = {
    environment,
    print: (line) => void printed.push(line),
    complain: (line) => void complained.push(line),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  await runProgram(terminal, ['node', 'charterbus', 'replay', ...args]);
  return { exitCode, printed, complained };
};

export const readReport = async (path: string): Promise<ReplayReport> =>
  replayReportSchema.parse(JSON.parse(await readFile(path, 'utf8')));

/** A conversation as a line of a trace. */
export const traceLine = (messages: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ ...more, messages });

export const toolCall = (id: string, name: string, args: unknown = '{}'): unknown => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

/** All that comes, in its order. */
export const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
};
