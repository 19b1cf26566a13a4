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
import { cached } from './engine/cached-snapshot.js';
import type { PolicyEngine } from './engine/policy-engine.js';
import { noFacts } from './facts/no-facts.js';
import { type LocatedPolicyTest, readPolicyTests } from './policy-tests/read-policy-tests.js';
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

/** Everything that can be told from the files alone. */
const readAll = (files: readonly ConstitutionFile[], engine: PolicyEngine) => {
  const { value: sources, problems } = readSources(files);
  if (sources === undefined) throw invalid(problems);
  const { manifest } = sources;
  const read = readPolicyTests(sources.tests);
  const found = [...read.problems];
  if (manifest.engine !== engine.kind) {
    const message = `engine: ${manifest.engine} is not the engine at hand, ${engine.kind}.`;
    found.push({ file: 'manifest.yaml', message });
  }
  if (manifest.tests === 'required' && sources.tests.length === 0) {
    found.push({ file: 'tests', message: 'has no test, and the manifest requires some (tests: required).' });
  }
  if (found.length > 0) throw invalid(found);
  return { sources, tests: read.tests };
};

/** Throws with the failures of the constitution's own tests. */
const check = async (constitution: Constitution, tests: readonly LocatedPolicyTest[], signal: AbortSignal) => {
  const outcomes = await runPolicyTests(constitution, tests, signal);
  const failures = outcomes.filter((outcome) => !outcome.passed);
  if (failures.length > 0) throw constitutionError('CONSTITUTION_TESTS_FAILED', failures.map(problemOf));
};

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
  const { signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  // Copied, so that what was hashed and what was read are the same bytes for good.
  const own = files.map(({ path, bytes }) => ({ path, bytes: Uint8Array.from(bytes) }));
  const { sources, tests } = readAll(own, engine);
  const { manifest, dataVersion } = sources;
  const facts = noFacts;
  const { snapshot: loaded, problems } = await engine.load(sources, facts.actions, signal);
  if (loaded === undefined) throw invalid(problems);
  const snapshot = cached(loaded, engine.capabilities.pure, facts.actions);
  const hash = constitutionalHash(own);
  const attestation = manifest.hash === 'sealed' ? shortHash(hash) : manifest.hash.pinned;
  const watched = onFault === undefined ? {} : { onFault };
  const parts = { manifest, hash, shortHash: attestation, dataVersion, snapshot, facts, clock, timers, ...watched };
  const constitution = new Constitution(parts);
  try {
    await check(constitution, tests, signal);
    return constitution;
  } catch (error) {
    await constitution.close();
    throw error;
  }
};
