import { type ConstitutionFile, type ConstitutionManifest, manifestSchema } from '@charterbus/core-models';
import { checkFiles } from '../source/file-rules.js';
import { constitutionError } from '../source/problem.js';
import { readYaml } from '../source/yaml.js';

/** @throws ConstitutionalError `CONSTITUTION_INVALID` for paths and a manifest that no constitution may have. */
export const readConstitutionManifest = (files: readonly ConstitutionFile[]): ConstitutionManifest => {
  const problems = checkFiles(files);
  if (problems.length > 0) throw constitutionError('CONSTITUTION_INVALID', problems);
  const file = files.find(({ path }) => path === 'manifest.yaml');
  if (file === undefined) {
    throw constitutionError('CONSTITUTION_INVALID', [{ file: 'manifest.yaml', message: 'is missing.' }]);
  }
  const { value, problems: found } = readYaml(file.path, new TextDecoder().decode(file.bytes), manifestSchema);
  if (value === undefined) throw constitutionError('CONSTITUTION_INVALID', found);
  return value;
};
