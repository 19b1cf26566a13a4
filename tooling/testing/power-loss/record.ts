import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type FailingSyncs, readSyscalls, type Syscall, straceArguments } from './syscalls.js';

const run = promisify(execFile);

/** Whether strace may look at processes here: containers may forbid it. */
export async function mayTrace(strace: string): Promise<boolean> {
  const [outcome] = await Promise.allSettled([run(strace, ['-o', '/dev/null', 'true'], { timeout: 10_000 })]);
  return outcome.status === 'fulfilled';
}

/**
 * Runs a Node script that ends by itself and tells what it did to files and said on its output.
 *
 * @param output a file to write the trace to.
 */
export async function recordSyscalls(
  strace: string,
  output: string,
  script: readonly string[],
  failingSyncs?: FailingSyncs,
): Promise<readonly Syscall[]> {
  const bounds = { maxBuffer: 2 ** 26, timeout: 100_000 };
  await run(strace, [...straceArguments(output, failingSyncs), process.execPath, ...script], bounds);
  return readSyscalls(readFileSync(output, 'latin1'));
}
