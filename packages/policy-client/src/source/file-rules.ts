import type { ConstitutionFile } from '@charterbus/core-models';
import type { ConstitutionProblem } from './problem.js';

/** What a constitution may hold, before anything in it is read. Sizes in bytes. */
export const constitutionLimits = Object.freeze({ files: 1_000, fileBytes: 4 * 2 ** 20, totalBytes: 32 * 2 ** 20 });

/** Letters, digits and `. _ -`; a segment does not begin with a dot, so there is no `..` and nothing hidden. */
const segmentPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
/** What a bundle says of itself, and its signatures; neither is part of the hash. */
const ofTheBundle: ReadonlySet<string> = new Set(['.manifest', '.signatures.json']);

export const isReadablePath = (path: string): boolean =>
  ofTheBundle.has(path) ||
  (path.length <= 512 &&
    path.split('/').length <= 16 &&
    path.split('/').every((segment) => segmentPattern.test(segment)));

/** What belongs in each directory that is read, besides notes. */
const kinds: ReadonlyMap<string, readonly string[]> = new Map([
  ['policies', ['.cedar', '.rego']],
  ['data', ['.json']],
  ['tests', ['.yaml']],
]);

/** The compiled Rego of a constitution. */
export const wasmFile = 'policy.wasm';

/**
 * A file that looks like a policy but lies where nobody reads it would silently not be in force; so each place takes
 * its own kind of file, and each kind has its place.
 */
const misplaced = (path: string): string | undefined => {
  const [variants, name, ...rest] = path.split('/');
  if (variants === 'variants' && name !== undefined) return misplacedInVariant(rest.join('/'));
  const top = path.slice(0, Math.max(path.indexOf('/'), 0));
  const kind = kinds.get(top);
  if (kind !== undefined) {
    const taken = [...kind, '.md'];
    if (taken.some((ending) => path.endsWith(ending))) return undefined;
    const [last, ...others] = taken.map((ending) => `*${ending}`).toReversed();
    return `only ${others.toReversed().join(', ')} and ${last} belong in ${top}/.`;
  }
  if (path.endsWith('.cedar') || path.endsWith('.rego'))
    return 'a policy belongs in policies/; here it would not be in force.';
  if (path.endsWith('.wasm') && path !== wasmFile)
    return `the compiled policy is ${wasmFile} at the top; this one would not be in force.`;
  return path.endsWith('.cedarschema') && path !== 'schema.cedarschema'
    ? 'the schema is schema.cedarschema at the top; this one would not be read.'
    : undefined;
};

/** Its policies alone: what else there were would be of no effect. */
const misplacedInVariant = (path: string): string | undefined =>
  path.startsWith('policies/') || path.endsWith('.md')
    ? misplaced(path)
    : 'only policies/ and *.md belong in the directory of a variant.';

const problemOf = (file: ConstitutionFile): string | undefined => {
  if (!isReadablePath(file.path)) {
    return 'is not a path that a constitution may hold: letters, digits and . _ - with forward slashes, nothing hidden.';
  }
  if (file.bytes.length > constitutionLimits.fileBytes) return `is larger than ${constitutionLimits.fileBytes} bytes.`;
  return misplaced(file.path);
};

/** Checks paths, places, counts and sizes; the contents are not read. */
export const checkFiles = (files: readonly ConstitutionFile[]): readonly ConstitutionProblem[] => {
  const problems: ConstitutionProblem[] = [];
  if (files.length > constitutionLimits.files) {
    return [{ file: '.', message: `has more than ${constitutionLimits.files} files.` }];
  }
  const seen = new Set<string>();
  let total = 0;
  for (const file of files) {
    const message = problemOf(file);
    if (message !== undefined) problems.push({ file: file.path.slice(0, 512), message });
    // Names that differ in case only are one file on some machines and two on others.
    const folded = file.path.toLowerCase();
    if (seen.has(folded)) problems.push({ file: file.path.slice(0, 512), message: 'is there twice (case aside).' });
    seen.add(folded);
    total += file.bytes.length;
  }
  if (total > constitutionLimits.totalBytes) {
    problems.push({ file: '.', message: `is larger than ${constitutionLimits.totalBytes} bytes in total.` });
  }
  return problems;
};
