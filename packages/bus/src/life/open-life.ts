import { ConstitutionalError } from '@charterbus/core-models';
import { type Activation, type Constitution, ConstitutionLife } from '@charterbus/policy-client';
import type { BackendEnvironment } from '../backend.js';
import { activationLeaf } from '../broker/leaf.js';
import type { ConfiguredConstitution, OfferedConstitutions } from './configured-constitution.js';
import type { OfferedConstitution } from './constitution-origin.js';
import type { ConstitutionVersion } from './constitution-records.js';
import type { Keeping } from './keeping.js';

/** What is in force from here on, and what was before. */
interface Opened {
  readonly constitution: Constitution;
  readonly history: readonly [Activation, ...Activation[]];
}

/** Versions whose files are kept: one can roll back through so many. */
const keptVersions = 8;

/** Those that were in force last, and those that may be next. */
export const retainedVersions = (
  history: readonly Activation[],
  staged: readonly ConstitutionVersion[],
): readonly ConstitutionVersion[] => [...history.slice(-keptVersions), ...staged];

const gone = (version: ConstitutionVersion): ConstitutionalError =>
  new ConstitutionalError(
    'CONSTITUTION_INVALID',
    'The constitution in force is no longer kept; start the bus with its directory.',
    { details: { hash: version.hash } },
  );

interface Begun {
  readonly constitution: Constitution;
  readonly by: string;
  readonly why: string;
}

const started = async (
  { constitution, by, why }: Begun,
  history: readonly Activation[],
  { clock }: BackendEnvironment,
  { records }: Keeping,
): Promise<Opened> => {
  const before = history.at(-1);
  const { name, revision, hash, shortHash, dataVersion } = constitution;
  const activation: Activation = Object.freeze({
    number: (before?.number ?? 0) + 1,
    kind: 'start',
    name,
    revision,
    hash,
    shortHash,
    dataVersion,
    by,
    why,
    at: new Date(clock.now()).toISOString(),
  });
  // The first of all needs no leaf: nothing was judged before it.
  await records.record(activation, before === undefined ? undefined : activationLeaf(activation));
  const [first, ...rest] = history;
  return { constitution, history: first === undefined ? [activation] : [first, ...rest, activation] };
};

const startedByConfiguration = (
  constitution: Constitution,
  history: readonly Activation[],
  environment: BackendEnvironment,
  keeping: Keeping,
): Promise<Opened> => {
  const why = history.length === 0 ? 'first start' : 'the configured constitution has changed';
  return started({ constitution, by: 'configuration', why }, history, environment, keeping);
};

const isLast = ({ hash, dataVersion }: ConstitutionVersion, last: Activation): boolean =>
  last.hash === hash && last.dataVersion === dataVersion;

/** What is left of a constitution that was revoked, else itself. */
const asItIs = async (constitution: Constitution, { records }: Keeping): Promise<Constitution> => {
  if (!records.isRevoked(constitution.hash)) return constitution;
  const left = constitution.revoked();
  await constitution.close();
  return left;
};

/** The version that was loaded: a revocation changes what it binds, not what it was made of. */
const lastLoaded = (history: readonly Activation[], last: Activation): Activation =>
  history.findLast(({ kind, hash }) => kind !== 'revoke' && hash === last.hash) ?? last;

/** What was in force when the last process ended. */
const resumed = async (
  last: Activation,
  configured: ConfiguredConstitution,
  keeping: Keeping,
): Promise<Constitution> => {
  const kept = await keeping.reopen(last);
  if (kept !== undefined) {
    await configured.discard();
    return asItIs(kept, keeping);
  }
  const given = await configured.open(keeping);
  if (isLast(given, last)) return asItIs(given, keeping);
  await given.close();
  throw gone(last);
};

/** Nobody may go back to an earlier revision by a restart: that takes a rollback; nor to what was revoked. */
const mayNotStart = ({ name, revision, hash }: Constitution, { records }: Keeping): boolean =>
  revision < (records.highestRevision(name) ?? 0) || records.isRevoked(hash);

/**
 * Which constitution is in force after a start: the one that was activated last, unless the configured one has changed
 * since the last start, and is not an older revision of what was in force.
 */
const choose = async (
  configured: ConfiguredConstitution,
  keeping: Keeping,
  environment: BackendEnvironment,
): Promise<Opened> => {
  const { records } = keeping;
  const history = records.history();
  const [first, ...rest] = history;
  const newest = history.at(-1);
  if (first === undefined || newest === undefined) {
    return startedByConfiguration(await configured.open(keeping), [], environment, keeping);
  }
  const last = lastLoaded(history, newest);
  const known: Opened['history'] = [first, ...rest];
  if (records.configured() === configured.identity) {
    return { constitution: await resumed(last, configured, keeping), history: known };
  }
  const given = await configured.open(keeping);
  if (isLast(given, last)) return { constitution: await asItIs(given, keeping), history: known };
  if (!mayNotStart(given, keeping)) return startedByConfiguration(given, history, environment, keeping);
  await given.close();
  const kept = await keeping.reopen(last);
  if (kept === undefined) throw gone(last);
  return { constitution: await asItIs(kept, keeping), history: known };
};

/** What is offered, with the data that were in force, unless others were configured since. */
const openOffered = async (
  { files }: OfferedConstitution,
  { identity, slots }: OfferedConstitutions,
  keeping: Keeping,
  last: Activation | undefined,
): Promise<Constitution> => {
  const { records } = keeping;
  const sameData = last !== undefined && records.configured() === identity;
  return keeping.open({ files, slots: sameData ? (records.kept(last)?.slots ?? slots) : slots });
};

const begunWith = async (
  offered: OfferedConstitution,
  configured: OfferedConstitutions,
  keeping: Keeping,
  environment: BackendEnvironment,
): Promise<Opened> => {
  const history = keeping.records.history();
  const [first, ...rest] = history;
  const newest = history.at(-1);
  const last = newest === undefined ? undefined : lastLoaded(history, newest);
  const constitution = await openOffered(offered, configured, keeping, last);
  try {
    const { name, revision, hash } = constitution;
    if (keeping.records.isRevoked(hash) || (hash !== last?.hash && mayNotStart(constitution, keeping))) {
      throw new ConstitutionalError(
        'CONSTITUTION_OUTDATED',
        `Revision ${revision} of ${name} may not be in force again.`,
      );
    }
    const known = first !== undefined && last !== undefined && newest?.kind !== 'revoke' && isLast(constitution, last);
    if (known) return { constitution, history: [first, ...rest] };
    return await started({ constitution, by: offered.by, why: offered.why }, history, environment, keeping);
  } catch (error) {
    await constitution.close();
    throw error;
  }
};

/** The first of what is offered that may be in force. */
const chooseOffered = async (
  configured: OfferedConstitutions,
  keeping: Keeping,
  environment: BackendEnvironment,
): Promise<Opened> => {
  for await (const offered of configured.origin.offers(keeping.records)) {
    try {
      return await begunWith(offered, configured, keeping, environment);
    } catch (error) {
      if (!ConstitutionalError.isInstance(error)) throw error;
      offered.refuse(error);
    }
  }
  throw new ConstitutionalError('BUNDLE_UNAVAILABLE', 'No constitution was offered that may be in force.');
};

/**
 * The life of the constitutions of one bus, from what was remembered and what is configured.
 *
 * @throws ConstitutionalError where nothing may be in force; StoreError.
 */
export const openLife = async (
  configured: ConfiguredConstitution | OfferedConstitutions,
  keeping: Keeping,
  environment: BackendEnvironment,
): Promise<ConstitutionLife> => {
  const { constitution, history } = await ('origin' in configured
    ? chooseOffered(configured, keeping, environment)
    : choose(configured, keeping, environment));
  const { records } = keeping;
  const { clock, random, onBackgroundError } = environment;
  try {
    await records.configure(configured.identity);
    await keeping.retain(retainedVersions(history, []));
  } catch (error) {
    await constitution.close();
    throw error;
  }
  const life = new ConstitutionLife({
    constitution,
    history,
    clock,
    random,
    record: (activation) => records.record(activation, activationLeaf(activation)),
    reload: async (activation) => {
      const kept = await keeping.reopen(activation);
      if (kept !== undefined) return kept;
      throw gone(activation);
    },
    highestRevision: (name) => records.highestRevision(name),
    isRevoked: (hash) => records.isRevoked(hash),
    recordRevoked: (hash) => records.revoke(hash),
    onBackgroundError,
  });
  records.follow?.((activation) => life.follow(activation));
  return life;
};
