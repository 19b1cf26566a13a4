import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  type CharterbusError,
  ConfigurationError,
  ConstitutionalError,
  type ConstitutionManifest,
} from '@charterbus/core-models';
import { readContainer, type SourceText, stampPolicy, writeAtomically } from '@charterbus/policy-client';
import { opaProblems } from './opa-problems.js';

const execute = promisify(execFile);

/** How long the compiler may take, and how much it may say. */
const limits = { timeout: 60_000, maxBuffer: 2 ** 20 };

const entrypointsOf = ({ engine }: ConstitutionManifest): readonly string[] => {
  const members = engine.kind === 'composite' ? Object.values(engine.members) : [engine];
  return [...new Set(members.flatMap((member) => (member.kind === 'opa-wasm' ? member.entrypoint : [])))];
};

/** What the compiler said, on either stream: it tells of faults on standard output too. */
const saidBy = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
  const said = `${stderr}\n${stdout}`.trim();
  return said === '' ? error.message : said;
};

const failure = (opa: string, cause: unknown): CharterbusError => {
  const problems = opaProblems(saidBy(cause));
  if (problems.length > 0) {
    const details = { problems, problemCount: problems.length };
    return new ConstitutionalError('CONSTITUTION_INVALID', 'The policies do not compile.', { details, cause });
  }
  const message = `${opa} cannot compile the policies: ${saidBy(cause)}`;
  return new ConfigurationError('CONFIGURATION_INVALID', message, { cause });
};

/**
 * Compiles the Rego of a directory to its `policy.wasm`, which is part of the constitution and of its hash, as it is for
 * whoever reads the directory without a bundle. It is stamped with the sources, so that a load refuses one without the other.
 *
 * @param rego The sources as they were read.
 * @throws ConfigurationError where there is nothing to compile or no compiler; ConstitutionalError with the places of what
 * does not compile.
 */
export const compileRego = async (
  directory: string,
  opa: string,
  manifest: ConstitutionManifest,
  rego: readonly SourceText[],
): Promise<void> => {
  const entrypoints = entrypointsOf(manifest);
  if (entrypoints.length === 0) {
    const message = `The engine of ${manifest.name} is ${manifest.engine.kind}: there is no Rego to compile.`;
    throw new ConfigurationError('CONFIGURATION_INVALID', message);
  }
  const scratch = await mkdtemp(join(tmpdir(), 'charterbus-opa-'));
  try {
    const built = join(scratch, 'bundle.tar.gz');
    const rules = entrypoints.flatMap((rule) => ['-e', rule]);
    // Names of files go into the module: relative ones make the same of the same.
    const options = { ...limits, cwd: resolve(directory) };
    await execute(resolveProgram(opa), ['build', '-t', 'wasm', ...rules, '-o', built, 'policies'], options);
    const files = await readContainer(await readFile(built));
    const compiled = files.find(({ path }) => path === 'policy.wasm');
    if (compiled === undefined) throw new Error('It made no policy.wasm.');
    await writeAtomically(join(directory, 'policy.wasm'), stampPolicy(compiled.bytes, rego));
  } catch (cause) {
    throw failure(opa, cause);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** A name alone is looked for on the PATH; a path is meant from where the command was given. */
const resolveProgram = (opa: string): string => (opa.includes('/') ? resolve(opa) : opa);
