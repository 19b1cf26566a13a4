import { canonicalJson, constitutionalHash, sha256 } from '@charterbus/core-models';
import {
  type Constitution,
  defaultConstitutionDirectory,
  loadConstitution,
  readConstitutionDirectory,
  readDataDirectory,
} from '@charterbus/policy-client';
import type { BackendEnvironment } from '../backend.js';
import type { BusOptions } from '../bus-options.js';
import type { ConstitutionOrigin } from './constitution-origin.js';
import { type KeptConstitution, versionKey } from './constitution-records.js';
import type { Keeping, LoadConstitution } from './keeping.js';
import { withScreens } from './screens-at-hand.js';

/** The constitution that the bus was given at its start. */
export interface ConfiguredConstitution {
  /** Changes with every byte of it, and of the data that was given with it. */
  readonly identity: string;
  /** Called at most once. */
  open(keeping: Keeping): Promise<Constitution>;
  /** Closes it where nobody has opened it. */
  discard(): Promise<void>;
}

/** Where what is in force is found once it is known what was. */
export interface OfferedConstitutions {
  /** Changes with every byte of the data that the bus was given. */
  readonly identity: string;
  readonly origin: ConstitutionOrigin;
  readonly slots: KeptConstitution['slots'];
  discard(): Promise<void>;
}

const identityOf = ({ files, slots }: KeptConstitution): string =>
  sha256(canonicalJson([constitutionalHash(files), slots.map(({ path, bytes }) => [path, sha256(bytes)])]));

const fromDirectory = async (directory: string, data: string | undefined): Promise<ConfiguredConstitution> => {
  const files = await readConstitutionDirectory(directory);
  const kept = { files, slots: data === undefined ? [] : await readDataDirectory(data) };
  return {
    identity: identityOf(kept),
    open: (keeping) => keeping.open(kept),
    discard: () => Promise.resolve(),
  };
};

const loaded = (constitution: Constitution, screens: ReadonlySet<string>): ConfiguredConstitution => ({
  identity: versionKey(constitution),
  open: () => withScreens(constitution, screens),
  discard: () => constitution.close(),
});

const offered = async (origin: ConstitutionOrigin, data: string | undefined): Promise<OfferedConstitutions> => {
  const slots = data === undefined ? [] : await readDataDirectory(data);
  return { identity: `offered ${identityOf({ files: [], slots })}`, origin, slots, discard: () => Promise.resolve() };
};

/** @param screens the names of the content screens that the bus has. */
export const configuredConstitution = async (
  { constitution = defaultConstitutionDirectory, data }: BusOptions,
  screens: ReadonlySet<string>,
): Promise<ConfiguredConstitution | OfferedConstitutions> => {
  if (typeof constitution === 'string') return fromDirectory(constitution, data);
  return 'offers' in constitution ? offered(constitution, data) : loaded(constitution, screens);
};

/**
 * How this bus loads every constitution that comes as files.
 *
 * @param screens the names of the content screens that the bus has.
 */
export const constitutionLoader =
  (
    { providers }: BusOptions,
    { clock, timers, breakers }: Pick<BackendEnvironment, 'clock' | 'timers' | 'breakers'>,
    screens: ReadonlySet<string>,
  ): LoadConstitution =>
  async ({ files, slots }) => {
    const constitution = await loadConstitution(files, {
      clock,
      timers,
      breakers,
      environment: process.env,
      ...(slots.length === 0 ? {} : { slots }),
      ...(providers === undefined ? {} : { providers }),
    });
    return withScreens(constitution, screens);
  };
