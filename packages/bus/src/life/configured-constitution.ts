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
import { type KeptConstitution, versionKey } from './constitution-records.js';
import type { Keeping, LoadConstitution } from './keeping.js';

/** The constitution that the bus was given at its start. */
export interface ConfiguredConstitution {
  /** Changes with every byte of it, and of the data that was given with it. */
  readonly identity: string;
  /** Called at most once. */
  open(keeping: Keeping): Promise<Constitution>;
  /** Closes it where nobody has opened it. */
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

const loaded = (constitution: Constitution): ConfiguredConstitution => ({
  identity: versionKey(constitution),
  open: () => Promise.resolve(constitution),
  discard: () => constitution.close(),
});

export const configuredConstitution = ({ constitution, data }: BusOptions): Promise<ConfiguredConstitution> =>
  typeof constitution === 'object'
    ? Promise.resolve(loaded(constitution))
    : fromDirectory(constitution ?? defaultConstitutionDirectory, data);

/** How this bus loads every constitution that comes as files. */
export const constitutionLoader =
  ({ providers }: BusOptions, { clock, timers }: Pick<BackendEnvironment, 'clock' | 'timers'>): LoadConstitution =>
  ({ files, slots }) =>
    loadConstitution(files, {
      clock,
      timers,
      environment: process.env,
      ...(slots.length === 0 ? {} : { slots }),
      ...(providers === undefined ? {} : { providers }),
    });
