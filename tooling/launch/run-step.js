import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { environment, root } from './repository.js';

/**
 * @typedef {object} Step
 * @property {string} title what the user reads
 * @property {string} command
 * @property {readonly string[]} args
 * @property {boolean} [quiet] say nothing unless it fails
 * @property {(line: string) => string | undefined} [progress] what a line of output means to the user
 */

/**
 * Runs one step and shows that it is alive: on a terminal one line that changes, elsewhere one line a happening.
 * The step's own output is shown only when it fails.
 *
 * @param {Step} step
 * @returns {Promise<boolean>} whether it succeeded
 */
export async function runStep(step) {
  const started = Date.now();
  const display = step.quiet === true ? silent : process.stderr.isTTY ? changingLine(step.title) : lines(step.title);
  /** @type {string[]} */
  const output = [];
  const code = await run(step, (line) => {
    output.push(line);
    const text = step.progress?.(line);
    if (text !== undefined) display.show(text);
  });
  display.end(`${code === 0 ? 'done' : 'failed'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (code !== 0) process.stderr.write(`${output.join('\n')}\n`);
  return code === 0;
}

/**
 * @param {Step} step
 * @param {(line: string) => void} onLine
 * @returns {Promise<number>} the exit code; one for a command that could not start or was killed
 */
async function run(step, onLine) {
  const child = spawn(step.command, step.args, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A signal that reaches only the launcher must not leave the step behind.
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    child.kill(signal);
    process.exit(1);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  /** @type {Promise<number>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      onLine(`${step.command}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  const code = await ended;
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return code;
}

const silent = { show() {}, end() {} };

/** @param {string} title */
function lines(title) {
  process.stderr.write(`${title} …\n`);
  return {
    /** @param {string} text */
    show: (text) => void process.stderr.write(`  ${text}\n`),
    /** @param {string} text */
    end: (text) => void process.stderr.write(`${title}: ${text}\n`),
  };
}

/** @param {string} title */
function changingLine(title) {
  let current = '';
  const started = Date.now();
  const draw = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const text = `${title} … ${seconds} s  ${current}`.slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\u001b[2K${text}`);
  };
  const timer = setInterval(draw, 250);
  draw();
  return {
    /** @param {string} text */
    show: (text) => {
      current = text;
    },
    /** @param {string} text */
    end: (text) => {
      clearInterval(timer);
      process.stderr.write(`\r\u001b[2K${title}: ${text}\n`);
    },
  };
}
