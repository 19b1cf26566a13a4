import { ConstitutionalError, constitutionalHash } from '@charterbus/core-models';
import { loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import { policyTexts } from '../policy-texts.js';
import type { PolicyText } from '../replay-target.js';
import type { ExpectedConstitution } from './server-target.js';

type Files = Awaited<ReturnType<typeof readConstitutionDirectory>>;

/** Without its data, which is the server's. Empty where it cannot be loaded here: whether it may be in force is the server's business. */
const textsIn = async (files: Files): Promise<ReadonlyMap<string, PolicyText>> => {
  try {
    await using constitution = await loadConstitution(files, { checkOnly: true });
    return policyTexts(constitution);
  } catch (error) {
    if (ConstitutionalError.isInstance(error)) return new Map();
    throw error;
  }
};

/** The constitution of a directory, as a server should have it. @throws ConstitutionalError where it cannot be read. */
export const expectedConstitution = async (directory: string): Promise<ExpectedConstitution> => {
  const files = await readConstitutionDirectory(directory);
  return { hash: constitutionalHash(files), policies: await textsIn(files) };
};
