import type { ConstitutionFile } from '@charterbus/core-models';
import { defaultConstitutionDirectory } from '../../src/default-constitution.js';
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

/** The default's schema with policies of the test's own, and no tests. */
export const textsWith = async (policies: string, manifest = ''): Promise<Texts> => {
  const texts = await defaultTexts();
  return {
    'manifest.yaml': `format: charterbus.constitution/1\nname: own\nrevision: 1\nengine: cedar\ntests: optional\n${manifest}`,
    'schema.cedarschema': textOf(texts, 'schema.cedarschema'),
    'policies/own.cedar': policies,
  };
};
