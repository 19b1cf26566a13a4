import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { activateCommand, rollbackCommand } from './activate.js';
import { checkCommand } from './check.js';
import { diffCommand } from './diff.js';
import { hashCommand } from './hash.js';
import { historyCommand } from './history.js';
import { schemaCommand } from './schema.js';
import { shadowCommand } from './shadow.js';
import { stageCommand } from './stage.js';
import { testCommand } from './test.js';

/** Every subcommand is made by one file beside this one. */
const subcommands = [
  checkCommand,
  testCommand,
  schemaCommand,
  hashCommand,
  diffCommand,
  stageCommand,
  shadowCommand,
  activateCommand,
  rollbackCommand,
  historyCommand,
];

/** `charterbus constitution …`: what its authors need before it is in force. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Look at a constitution on disk.');
  for (const make of subcommands) command.addCommand(make(terminal));
  return command;
};
