import { ConstitutionalError } from '@charterbus/core-models';
import { type Constitution, type ConstitutionProblem, type LoadOptions, loadConstitution } from '../../src/index.js';
import { type Texts, toFiles } from './files.js';

export const load = (texts: Texts, options: LoadOptions = {}): Promise<Constitution> =>
  loadConstitution(toFiles(texts), options);

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly problems: readonly ConstitutionProblem[];
}

/** How a load is refused; an error of any other kind, or no error, fails the test. */
export const refusal = async (loading: Promise<unknown>): Promise<Refusal> => {
  try {
    await loading;
  } catch (error) {
    if (!(error instanceof ConstitutionalError)) throw error;
    return { code: error.code, message: error.message, problems: error.details['problems'] as ConstitutionProblem[] };
  }
  throw new Error('The constitution was loaded.');
};
