import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { checkCommand } from './check.js';
import { hashCommand } from './hash.js';
import { schemaCommand } from './schema.js';
import { testCommand } from './test.js';

/** Every subcommand is made by one file beside this one. */
const subcommands = [checkCommand, testCommand, schemaCommand, hashCommand];

/** `charterbus constitution …`: what its authors need before it is in force. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Look at a constitution on disk.');
  for (const make of subcommands) command.addCommand(make(terminal));
  return command;
};
