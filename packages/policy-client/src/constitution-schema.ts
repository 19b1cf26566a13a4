import { type ConstitutionFile, systemClock, systemTimers } from '@charterbus/core-models';
import { generateSchema } from './cedar/generate-schema.js';
import { compileFacts } from './facts/compile-facts.js';
import { factNameProblems } from './source/fact-names.js';
import { constitutionError } from './source/problem.js';
import { readSources } from './source/read-sources.js';

/**
 * The Cedar schema that follows from a constitution's manifest, for its authors and their editors. Policies and tests may
 * be wrong as yet.
 *
 * @throws ConstitutionalError `CONSTITUTION_INVALID` with `details.problems` of the manifest and the data.
 */
export const constitutionSchema = (files: readonly ConstitutionFile[]): string => {
  const { value: sources, problems } = readSources(files);
  if (sources === undefined) throw constitutionError('CONSTITUTION_INVALID', problems);
  const names = factNameProblems(sources.manifest, sources.manifestText);
  if (names.length > 0) throw constitutionError('CONSTITUTION_INVALID', names);
  const options = { clock: systemClock, timers: systemTimers, checkOnly: true };
  const compiled = compileFacts({ ...sources, slots: [] }, options);
  if (compiled.facts === undefined) throw constitutionError('CONSTITUTION_INVALID', compiled.problems);
  return generateSchema(compiled.facts.actions);
};
