import { installedNodeProblem, nodeProblem } from './node-version.js';
import { installedPnpm, wantedPnpm } from './repository.js';
import { runStep } from './run-step.js';

/**
 * Installs what the lock file names and builds what is asked for. Ends the process with one sentence where that
 * cannot be done.
 *
 * @param {string} name what the user called, for the closing line
 * @param {{ tasks: readonly string[], filter?: string, quiet?: boolean }} options
 */
export async function prepare(name, { tasks, filter, quiet = false }) {
  const problem = nodeProblem(process);
  if (problem !== undefined) fail(problem);
  if (!(await runStep({ ...install(), quiet }))) fail(`${name}: the set-up failed, see above.`);
  const installedProblem = installedNodeProblem();
  if (installedProblem !== undefined) fail(installedProblem);
  if (tasks.length > 0 && !(await runStep({ ...build(tasks, filter), quiet }))) {
    fail(`${name}: ${tasks.join(' or ')} failed, see above.`);
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function install() {
  const version = wantedPnpm();
  // Once it is there, the pnpm of the repository saves asking npm for it.
  const [command, ...first] = installedPnpm() === version ? ['pnpm'] : ['npx', '--yes', `pnpm@${version}`];
  return {
    title: 'set up',
    command: command ?? 'pnpm',
    args: [...first, 'install', '--frozen-lockfile', '--reporter=append-only', '--config.confirmModulesPurge=false'],
    /** @param {string} line */
    progress: (line) => (/^(Progress:|Done)/.test(line) ? line : undefined),
  };
}

/**
 * @param {readonly string[]} tasks
 * @param {string} [filter]
 */
function build(tasks, filter) {
  return {
    title: tasks.join(', '),
    command: 'turbo',
    args: ['run', ...tasks, '--output-logs=new-only', ...(filter === undefined ? [] : [`--filter=${filter}`])],
    /** @param {string} line */
    progress: (line) => {
      const [, task, state] = /^(\S+:\S+): cache (miss|hit)/.exec(line) ?? [];
      return task === undefined ? undefined : `${task}${state === 'hit' ? ' (unchanged)' : ''}`;
    },
  };
}
