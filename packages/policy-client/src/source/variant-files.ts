import type { ConstitutionFile, ConstitutionManifest } from '@charterbus/core-models';
import type { ConstitutionProblem } from './problem.js';

const prefixOf = (name: string): string => `variants/${name}/`;

const isOfVariants = ({ path }: ConstitutionFile): boolean => path.startsWith('variants/');

/**
 * What a variant is judged by: the constitution's files, of which those under `variants/<name>/` take the place. Nothing
 * of other variants is in it.
 */
export const variantFiles = (files: readonly ConstitutionFile[], name: string): readonly ConstitutionFile[] => {
  const prefix = prefixOf(name);
  const own = new Map(
    files.filter(({ path }) => path.startsWith(prefix)).map(({ path, bytes }) => [path.slice(prefix.length), bytes]),
  );
  return files
    .filter((file) => !isOfVariants(file))
    .map(({ path, bytes }) => ({ path, bytes: own.get(path) ?? bytes }));
};

/** A file of a variant that would not be in force would be as bad as a policy that nobody reads. */
export const variantProblems = (
  files: readonly ConstitutionFile[],
  { variants }: Pick<ConstitutionManifest, 'variants'>,
): readonly ConstitutionProblem[] => {
  const paths = new Set(files.map(({ path }) => path));
  const misplaced = files.filter(isOfVariants).flatMap(({ path: file }): readonly ConstitutionProblem[] => {
    const name = file.split('/')[1] ?? '';
    if (!Object.hasOwn(variants, name))
      return [{ file, message: `is of a variant, ${name}, that the manifest does not name.` }];
    const replaced = file.slice(prefixOf(name).length);
    return paths.has(replaced) || file.endsWith('.md')
      ? []
      : [{ file, message: `replaces nothing: there is no ${replaced}.` }];
  });
  const empty = Object.keys(variants)
    .filter((name) => !files.some(({ path }) => path.startsWith(`${prefixOf(name)}policies/`)))
    .map((name) => ({ file: `variants/${name}`, message: 'has no policies, so that it is no variant.' }));
  return [...misplaced, ...empty];
};

/** Where a problem of a variant's policies is: in its own file, where it has one. */
export const inVariant = (
  problems: readonly ConstitutionProblem[],
  files: readonly ConstitutionFile[],
  name: string,
): readonly ConstitutionProblem[] => {
  const paths = new Set(files.map(({ path }) => path));
  return problems.map((problem) => {
    const own = `${prefixOf(name)}${problem.file}`;
    return paths.has(own)
      ? { ...problem, file: own }
      : { ...problem, message: `in the variant ${name}: ${problem.message}` };
  });
};
