#!/usr/bin/env node
import { runProgram } from './commands/program.js';
import { processTerminal } from './commands/terminal.js';

// Whoever read the output may be gone (`charterbus serve | head`): a reason to say no more, none to end without a drain.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

await runProgram(processTerminal, process.argv);
