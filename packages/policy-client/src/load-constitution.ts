import {
  type Clock,
  type ConstitutionFile,
  constitutionalHash,
  shortHash,
  systemClock,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import { cedarEngine } from './cedar/cedar-engine.js';
import { Constitution, type JudgementFault } from './constitution.js';
import type { PolicyEngine } from './engine/policy-engine.js';
import { readPolicyTests } from './policy-tests/read-policy-tests.js';
import { type PolicyTestOutcome, runPolicyTests } from './policy-tests/run-policy-tests.js';
import { type ConstitutionProblem, constitutionError } from './source/problem.js';
import { readSources } from './source/read-sources.js';

export interface LoadOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's. Measures the deadline of engines that answer later. */
  readonly timers?: Timers;
  /** Default: Cedar. Its `kind` must be the one that the manifest names. */
  readonly engine?: PolicyEngine;
  /** Told why a judgement failed, for logs. What it throws is ignored. */
  readonly onFault?: (fault: JudgementFault) => void;
  readonly signal?: AbortSignal;
}

const invalid = (problems: readonly ConstitutionProblem[]) => constitutionError('CONSTITUTION_INVALID', problems);

const described = (verdict: string, reasons: readonly string[] | undefined): string =>
  reasons === undefined ? verdict : `${verdict} (${reasons.join(', ')})`;

const problemOf = ({ file, name, expected, got }: PolicyTestOutcome): ConstitutionProblem => ({
  file,
  message: `test "${name}": expected ${described(expected.verdict, expected.reasons)}, got ${described(got.verdict, got.reasons)}.`,
});

/**
 * A constitution that may be in force: everything in it validates without an error or a warning, and its own tests pass.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` or `CONSTITUTION_TESTS_FAILED` with `details.problems`, a list of
 * `ConstitutionProblem`; the signal's reason when aborted.
 */
export const loadConstitution = async (
  files: readonly ConstitutionFile[],
  options: LoadOptions = {},
): Promise<Constitution> => {
  const { clock = systemClock, timers = systemTimers, engine = cedarEngine(), onFault } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  // Copied, so that what was hashed and what was read are the same bytes for good.
  const own = files.map(({ path, bytes }) => ({ path, bytes: Uint8Array.from(bytes) }));
  const { value: sources, problems } = readSources(own);
  if (sources === undefined) throw invalid(problems);
  const { manifest } = sources;
  if (manifest.engine !== engine.kind)
    throw invalid([
      { file: 'manifest.yaml', message: `engine: ${manifest.engine} is not the engine at hand, ${engine.kind}.` },
    ]);
  const tests = readPolicyTests(sources.tests);
  if (manifest.tests === 'required' && sources.tests.length === 0) {
    throw invalid([
      ...tests.problems,
      { file: 'tests', message: 'has no test, and the manifest requires some (tests: required).' },
    ]);
  }
  if (tests.problems.length > 0) throw invalid(tests.problems);
  const loaded = await engine.load(sources, signal);
  if (loaded.snapshot === undefined) throw invalid(loaded.problems);
  const hash = constitutionalHash(own);
  const constitution = new Constitution({
    manifest,
    hash,
    shortHash: manifest.hash === 'sealed' ? shortHash(hash) : manifest.hash.pinned,
    dataVersion: sources.dataVersion,
    snapshot: loaded.snapshot,
    clock,
    timers,
    ...(onFault === undefined ? {} : { onFault }),
  });
  return await checked(constitution, () => runPolicyTests(constitution, tests.tests, signal));
};

/** The constitution, or the failures of its tests, in which case nothing of it stays. */
const checked = async (
  constitution: Constitution,
  run: () => Promise<readonly PolicyTestOutcome[]>,
): Promise<Constitution> => {
  try {
    const failures = (await run()).filter((outcome) => !outcome.passed);
    if (failures.length === 0) return constitution;
    throw constitutionError('CONSTITUTION_TESTS_FAILED', failures.map(problemOf));
  } catch (error) {
    await constitution.close();
    throw error;
  }
};
