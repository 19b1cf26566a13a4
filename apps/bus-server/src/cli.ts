#!/usr/bin/env node
import { runProgram } from './commands/program.js';
import { processTerminal } from './commands/terminal.js';

await runProgram(processTerminal, process.argv);
