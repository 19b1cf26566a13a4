import type { ConstitutionFile } from '@charterbus/core-models';
import { type Constitution, loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import type { RawWorld } from './random-world.js';
import { airlineExample } from './replayed.js';

const encode = new TextEncoder();

export const airlineFiles = (): Promise<readonly ConstitutionFile[]> =>
  readConstitutionDirectory(airlineExample.constitution);

/** The airline's constitution, or another one made of its files, over a world at hand. */
export const loadAirline = (files: readonly ConstitutionFile[], world: RawWorld): Promise<Constitution> => {
  const slots = Object.entries(world).map(([table, rows]) => ({
    path: `${table}.json`,
    bytes: encode.encode(JSON.stringify(rows)),
  }));
  return loadConstitution(files, { slots });
};
