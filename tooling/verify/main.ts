import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { root } from '../launch/repository.js';
import type { Check, Finding, Scene } from './check.ts';
import { checks } from './checks.ts';
import { packAll } from './pack-all.ts';
import { readWorkspaces } from './workspace.ts';

/** Runs every check, or those named by `--only`, and says for each what was found and how long it took. */
async function verify(selected: readonly Check[], scene: Scene): Promise<number> {
  let failed = 0;
  for (const check of selected) {
    const started = performance.now();
    // One after the other: most of them use every core by themselves.
    const { problems, note } = await attempt(check, scene);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    const word = problems.length > 0 ? 'failed' : note === undefined ? 'ok' : `ok, but ${note}`;
    console.log(`${check.name.padEnd(14)} ${seconds.padStart(5)} s  ${word}`);
    for (const problem of problems) console.log(stripVTControlCharacters(problem).replaceAll(/^/gm, '    '));
    if (problems.length > 0) failed += 1;
  }
  return failed;
}

/** A check that cannot do its work has not passed, and does not keep the others from theirs. */
async function attempt(check: Check, scene: Scene): Promise<Finding> {
  try {
    return await check.run(scene);
  } catch (error) {
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

function select(only: string | undefined): readonly Check[] {
  if (only === undefined) return checks;
  const wanted = only.split(',');
  const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length === 0) return checks.filter(({ name }) => wanted.includes(name));
  throw new Error(`No such check: ${unknown.join(', ')}. There are: ${checks.map(({ name }) => name).join(', ')}.`);
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const scratch = mkdtempSync(join(tmpdir(), 'charterbus-verify-'));
try {
  const started = performance.now();
  const workspaces = readWorkspaces(root);
  let packed: Promise<ReadonlyMap<string, string>> | undefined;
  const tarballs = (): Promise<ReadonlyMap<string, string>> => (packed ??= packAll(root, workspaces, scratch));
  const continuousIntegration = process.env['CI'] !== undefined && process.env['CI'] !== '';
  const selected = select(values.only);
  const failed = await verify(selected, { root, workspaces, continuousIntegration, scratch, tarballs });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const result =
    failed === 0 ? `all ${selected.length} checks are green` : `${failed} of ${selected.length} checks failed`;
  console.log(`npm run verify: ${result} (${seconds} s)`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
