import type { ConstitutionFile } from '@charterbus/core-models';
import { generateSchema } from '../../src/cedar/generate-schema.js';
import { defaultConstitutionDirectory } from '../../src/default-constitution.js';
import { noFacts } from '../../src/facts/no-facts.js';
import { readConstitutionDirectory } from '../../src/source/read-constitution-directory.js';

/** A constitution as texts by path. */
export type Texts = Readonly<Record<string, string>>;

/** The text of a file that is there. */
export const textOf = (texts: Texts, path: string): string => {
  const text = texts[path];
  if (text === undefined) throw new Error(`There is no ${path}.`);
  return text;
};

export const toFiles = (texts: Texts): readonly ConstitutionFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));

export const defaultTexts = async (): Promise<Texts> => {
  const files = await readConstitutionDirectory(defaultConstitutionDirectory);
  return Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.bytes).toString()]));
};

/** Policies of the test's own with the schema that follows from the manifest, written out, and no tests. */
export const textsWith = async (policies: string, manifest = ''): Promise<Texts> => ({
  'manifest.yaml': `format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: cedar\ntests: optional\n${manifest}`,
  'schema.cedarschema': generateSchema(noFacts.actions),
  'policies/own.cedar': policies,
});
