import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { buildCommand } from './build.js';
import { checkCommand } from './check.js';
import { hashCommand } from './hash.js';
import { initCommand } from './init.js';
import { schemaCommand } from './schema.js';
import { signCommand } from './sign.js';
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
];

/** `charterbus constitution …`: what its authors and publishers need before it is in force. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Write, check, bundle and sign constitutions.');
  for (const make of subcommands) command.addCommand(make(terminal));
  return command;
};
