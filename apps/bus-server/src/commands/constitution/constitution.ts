import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { activateCommand, revokeCommand, rollbackCommand } from './activate.js';
import { buildCommand } from './build.js';
import { checkCommand } from './check.js';
import { diffCommand } from './diff.js';
import { hashCommand } from './hash.js';
import { historyCommand } from './history.js';
import { initCommand } from './init.js';
import { schemaCommand } from './schema.js';
import { shadowCommand } from './shadow.js';
import { signCommand } from './sign.js';
import { stageCommand } from './stage.js';
import { testCommand } from './test.js';
import { verifyCommand } from './verify.js';

/** Every subcommand is made by one file beside this one. */
const subcommands = [
  initCommand,
  checkCommand,
  testCommand,
  schemaCommand,
  hashCommand,
  buildCommand,
  signCommand,
  verifyCommand,
  diffCommand,
  stageCommand,
  shadowCommand,
  activateCommand,
  rollbackCommand,
  revokeCommand,
  historyCommand,
];

/** `charterbus constitution …`: what its authors, publishers and operators need. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Write, check, bundle, sign and activate constitutions.');
  for (const make of subcommands) command.addCommand(make(terminal));
  return command;
};
