import { spawn } from 'node:child_process';
import { environment } from '../launch/repository.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** Both streams as they came. */
  readonly output: string;
}

interface CommandOptions {
  readonly cwd: string;
  readonly deadlineMs?: number;
}

const defaultDeadlineMs = 5 * 60_000;

/** Runs a tool of this repository to its end; one that cannot start or outlives its deadline has failed. */
export async function command(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...environment, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.deadlineMs ?? defaultDeadlineMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.once('error', (error) => resolve({ code: 1, stdout, output: `${program}: ${error.message}` }));
  child.once('close', (code, signal) => {
    const ending = signal === null ? '' : `\n${program} was ended by ${signal}`;
    resolve({ code: code ?? 1, stdout, output: output + ending });
  });
  return promise;
}
