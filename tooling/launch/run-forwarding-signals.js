import { spawn } from 'node:child_process';
import { environment, root } from './repository.js';

/** One press of Ctrl-C arrives here from the terminal and once more from npm; within this time it counts as one. */
const samePressMs = 1_000;

/**
 * Runs a command in this one's place: its output, its exit code, and each signal exactly once.
 *
 * The child gets a process group of its own, else the terminal would signal it too, and a server that takes a second
 * signal for impatience would not drain. A closed terminal is a wish to stop like any other.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, deadlineMs?: number }} [options] past the deadline the whole
 *   group is killed
 * @returns {Promise<number>} the exit code
 */
export async function runForwardingSignals(command, args, { cwd = root, env = {}, deadlineMs } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let lastSignalAt = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now();
    if (now - lastSignalAt < samePressMs) return;
    lastSignalAt = now;
    child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, forward);
  const timer = deadlineMs === undefined ? undefined : setTimeout(() => killGroup(child), deadlineMs);
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
  const code = await ended;
  clearTimeout(timer);
  return code;
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup({ pid }) {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
