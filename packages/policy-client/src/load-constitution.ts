import {
  type Clock,
  type ConstitutionFile,
  type ConstitutionManifest,
  canonicalJson,
  constitutionalHash,
  type Digest,
  sha256,
  shortHash,
  systemClock,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import { type BreakerGroup, CircuitBreakers } from '@charterbus/recovery';
import { cached } from './cache/cached-snapshot.js';
import { Constitution } from './constitution.js';
import type { ConstitutionParts, JudgementFault } from './constitution-parts.js';
import { chooseEngine } from './engine/choose-engine.js';
import { EngineCalls } from './engine/engine-calls.js';
import type { EngineSnapshot, PolicyEngine } from './engine/policy-engine.js';
import { watchedEngine } from './engine/watched-engine.js';
import { compileFacts } from './facts/compile-facts.js';
import type { ConstitutionFacts } from './facts/constitution-facts.js';
import type { ProviderFunction } from './facts/providers/provider-function.js';
import { type LocatedPolicyTest, readPolicyTests } from './policy-tests/read-policy-tests.js';
import { type PolicyTestOutcome, runPolicyTests } from './policy-tests/run-policy-tests.js';
import { testProblem } from './policy-tests/test-problem.js';
import { factNameProblems } from './source/fact-names.js';
import { type ConstitutionProblem, constitutionError } from './source/problem.js';
import { type ConstitutionSources, readSources } from './source/read-sources.js';
import { inVariant, variantFiles, variantProblems } from './source/variant-files.js';

export interface LoadOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's. Measures the deadline of engines that answer later, and of providers of facts. */
  readonly timers?: Timers;
  /** Default: the one that the manifest names. Another one must be of the kind that it names. */
  readonly engine?: PolicyEngine;
  /** External data, `<slot>.json` each, as `readDataDirectory` reads it; the manifest's slots must be among it. */
  readonly slots?: readonly ConstitutionFile[];
  /** By name, the functions that the manifest's providers without an address stand for. */
  readonly providers?: Readonly<Record<string, ProviderFunction>>;
  /**
   * Where tokens of providers and engines are taken from. Default: none. What begins with `CHARTERBUS_` is never one: those
   * are the bus' own settings, such as its operator's token.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How providers with an address are asked. Default: Node's. */
  readonly fetch?: typeof fetch;
  /** Slots and functions may be absent: for checks and tests of a constitution, never for one in force. Default false. */
  readonly checkOnly?: boolean;
  /** Told why a judgement failed, for logs. What it throws is ignored. */
  readonly onFault?: (fault: JudgementFault) => void;
  /**
   * Where the breakers of its engines (`opa:` and the host) and of its providers (`provider:` and the name) are listed until it
   * is closed. Default: nowhere.
   */
  readonly breakers?: CircuitBreakers;
  readonly signal?: AbortSignal;
}

const invalid = (problems: readonly ConstitutionProblem[]) => constitutionError('CONSTITUTION_INVALID', problems);

/** Whoever writes a constitution names both the variable and the address that it is sent to. */
const lent = (environment: LoadOptions['environment'] = {}): NonNullable<LoadOptions['environment']> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('CHARTERBUS_')));

type Outside = Pick<Required<LoadOptions>, 'clock' | 'timers'> &
  Omit<LoadOptions, 'breakers'> & { readonly breakers: BreakerGroup; readonly calls: EngineCalls };

/** Where tests are required, they are of each variant: nobody is judged by policies that nothing was tried on. */
const untestedVariants = (
  { tests: required, variants }: ConstitutionManifest,
  tests: readonly LocatedPolicyTest[],
): readonly ConstitutionProblem[] =>
  Object.keys(required === 'required' ? variants : {})
    .filter((name) => !tests.some(({ test }) => test.variant === name))
    .map((name) => ({ file: 'tests', message: `has no test of the variant ${name} (variant: ${name}).` }));

/** Everything that can be told from the files alone, but for policies and facts. */
const readAll = (
  files: readonly ConstitutionFile[],
  { engine: given, timers, environment = {}, breakers, calls }: Outside,
) => {
  const { value: sources, problems } = readSources(files);
  if (sources === undefined) throw invalid(problems);
  const { manifest } = sources;
  const read = readPolicyTests(sources.tests);
  const found = [
    ...read.problems,
    ...factNameProblems(manifest, sources.manifestText),
    ...variantProblems(files, manifest),
    ...untestedVariants(manifest, read.tests),
  ];
  const engine =
    given === undefined
      ? chooseEngine(manifest.engine, { timers, environment, breakers, calls })
      : watchedEngine(given, calls);
  if (manifest.engine.kind !== engine.kind) {
    const message = `engine: ${manifest.engine.kind} is not the engine at hand, ${engine.kind}.`;
    found.push({ file: 'manifest.yaml', message });
  }
  if (manifest.tests === 'required' && sources.tests.length === 0) {
    found.push({ file: 'tests', message: 'has no test, and the manifest requires some (tests: required).' });
  }
  if (found.length > 0) throw invalid(found);
  return { sources, tests: read.tests, engine };
};

const factsOf = (sources: ConstitutionSources, outside: Outside): ConstitutionFacts => {
  const { clock, timers, providers, environment, fetch: ask, checkOnly, slots = [], breakers } = outside;
  const options = {
    clock,
    timers,
    breakers,
    ...(providers === undefined ? {} : { providers }),
    ...(environment === undefined ? {} : { environment }),
    ...(ask === undefined ? {} : { fetch: ask }),
    ...(checkOnly === undefined ? {} : { checkOnly }),
  };
  const { facts, problems } = compileFacts({ ...sources, slots }, options);
  if (facts === undefined) throw invalid(problems);
  return facts;
};

/** What a verdict binds besides the constitution: the data inside of it, and the data that it was given. */
const versionOf = (data: Digest, slots: Readonly<Record<string, Digest>>): Digest =>
  Object.keys(slots).length === 0 ? data : sha256(canonicalJson({ data, slots }));

/** What policies are loaded with. */
interface LoadingContext {
  readonly engine: PolicyEngine;
  readonly manifest: ConstitutionManifest;
  readonly clock: Clock;
  readonly facts: ConstitutionFacts;
  readonly signal: AbortSignal;
}

const loadSnapshot = async (sources: ConstitutionSources, context: LoadingContext) => {
  const { engine, manifest, facts, clock, signal } = context;
  const { snapshot, problems } = await engine.load(sources, facts.actions, signal);
  return snapshot === undefined
    ? { problems }
    : { snapshot: cached(snapshot, engine.capabilities, { actions: facts.actions, manifest, clock }), problems };
};

/** The policies of one variant, with a cache of their own. */
const loadVariant = async (
  files: readonly ConstitutionFile[],
  name: string,
  context: LoadingContext,
): Promise<EngineSnapshot> => {
  const { value: sources, problems } = readSources(variantFiles(files, name));
  if (sources === undefined) throw invalid(inVariant(problems, files, name));
  const loaded = await loadSnapshot(sources, context);
  if (loaded.snapshot === undefined) throw invalid(inVariant(loaded.problems, files, name));
  return loaded.snapshot;
};

/** The constitution's own policies and those of its variants: all of them, or none. */
const loadAll = async (
  files: readonly ConstitutionFile[],
  sources: ConstitutionSources,
  context: LoadingContext,
): Promise<Pick<Required<ConstitutionParts>, 'snapshot' | 'variants'>> => {
  const { snapshot, problems } = await loadSnapshot(sources, context);
  if (snapshot === undefined) throw invalid(problems);
  const variants = new Map<string, EngineSnapshot>();
  try {
    for (const name of Object.keys(sources.manifest.variants)) {
      variants.set(name, await loadVariant(files, name, context));
    }
    return { snapshot, variants };
  } catch (error) {
    for (const loaded of [snapshot, ...variants.values()]) await loaded.close();
    throw error;
  }
};

export interface UntestedConstitution {
  readonly constitution: Constitution;
  readonly tests: readonly LocatedPolicyTest[];
}

const loadFrom = async (
  files: readonly ConstitutionFile[],
  outside: Outside,
  signal: AbortSignal,
): Promise<UntestedConstitution> => {
  const { clock, timers, onFault, breakers, calls } = outside;
  // Copied, so that what was hashed and what was read are the same bytes for good.
  const own = files.map(({ path, bytes }) => ({ path, bytes: Uint8Array.from(bytes) }));
  const { sources, tests, engine } = readAll(own, outside);
  const { manifest } = sources;
  // Before the first wait, so that slots are hashed and read as they are now.
  const facts = factsOf(sources, outside);
  const { snapshot, variants } = await loadAll(own, sources, { engine, manifest, facts, clock, signal });
  const hash = constitutionalHash(own);
  const dataVersion = versionOf(sources.dataVersion, facts.slots);
  const attestation = manifest.hash === 'sealed' ? shortHash(hash) : manifest.hash.pinned;
  const watched = onFault === undefined ? {} : { onFault };
  const parts = {
    manifest,
    hash,
    shortHash: attestation,
    dataVersion,
    snapshot,
    variants,
    facts,
    clock,
    timers,
    breakers,
    calls,
    ...watched,
  };
  return { constitution: new Constitution(parts), tests };
};

/** A constitution of which everything validates; its tests have not run. */
export const loadUntested = async (
  files: readonly ConstitutionFile[],
  options: LoadOptions,
  signal: AbortSignal,
): Promise<UntestedConstitution> => {
  const { clock = systemClock, timers = systemTimers } = options;
  const breakers = (options.breakers ?? new CircuitBreakers({ clock, timers })).group();
  signal.throwIfAborted();
  try {
    const environment = lent(options.environment);
    const outside = { ...options, environment, clock, timers, breakers, calls: new EngineCalls(clock) };
    return await loadFrom(files, outside, signal);
  } catch (error) {
    breakers[Symbol.dispose]();
    throw error;
  }
};

/** Throws with the failures of the constitution's own tests. */
const check = (outcomes: readonly PolicyTestOutcome[]): void => {
  const failures = outcomes.filter((outcome) => !outcome.passed);
  if (failures.length > 0) throw constitutionError('CONSTITUTION_TESTS_FAILED', failures.map(testProblem));
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
  const { signal = new AbortController().signal } = options;
  const { constitution, tests } = await loadUntested(files, options, signal);
  try {
    check(await runPolicyTests(constitution, tests, signal));
    return constitution;
  } catch (error) {
    await constitution.close();
    throw error;
  }
};
