import { toCharterbusError } from '@charterbus/core-models';
import { Command } from 'commander';
import { replayCommand } from '../replay/replay-command.js';
import { version } from '../version.js';
import { constitutionCommand } from './constitution/constitution.js';
import { explainFailure } from './failure.js';
import { haltCommand, haltsCommand, liftCommand } from './kill-switch.js';
import { serveCommand } from './serve.js';
import type { Terminal } from './terminal.js';

/** Every command is made by one file beside this one: a function from the terminal to a `Command`. */
const commands = [serveCommand, constitutionCommand, replayCommand, haltCommand, liftCommand, haltsCommand];

/** The whole command line. Commands throw; what they throw is explained here, once. */
const createProgram = (terminal: Terminal): Command => {
  const program = new Command('charterbus')
    .description('A message bus for AI agents that has a constitution.')
    .version(version)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    });
  for (const make of commands) program.addCommand(make(terminal).copyInheritedSettings(program));
  return program;
};

/** Whoever parses what a command prints gets its failure there too, beside the lines for people. */
const wantsJson = (argv: readonly string[]): boolean =>
  ['constitution', 'halt', 'lift', 'halts'].includes(argv[2] ?? '') && argv.includes('--json');

/** Runs the command line; failures become lines on standard error and an exit code. */
export const runProgram = async (terminal: Terminal, argv: readonly string[]): Promise<void> => {
  try {
    await createProgram(terminal).parseAsync([...argv]);
  } catch (error) {
    const { lines, exitCode } = explainFailure(error);
    if (wantsJson(argv)) terminal.print(JSON.stringify({ error: toCharterbusError(error) }));
    for (const line of lines) terminal.complain(line);
    terminal.exitWith(exitCode);
  }
};
