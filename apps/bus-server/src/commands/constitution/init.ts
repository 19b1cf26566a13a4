import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigurationError, type ConstitutionFile } from '@charterbus/core-models';
import {
  readConstitutionDirectory,
  type Starter,
  type StarterLanguage,
  starterConstitutionDirectory,
  starterDirectory,
  starterLanguages,
  starters,
} from '@charterbus/policy-client';
import { Command, Option } from 'commander';
import type { Terminal } from '../terminal.js';
import { unreadable } from './read-files.js';

interface Options {
  readonly name?: string;
  readonly starter?: Starter;
  readonly language: StarterLanguage;
  readonly json?: true;
}

const namePattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

const checkedName = (name: string): string => {
  if (namePattern.test(name)) return name;
  const message = `${JSON.stringify(name)} is no name of a constitution: 1 to 64 lower-case letters, digits or dashes.`;
  throw new ConfigurationError('CONFIGURATION_INVALID', message);
};

/** The name that was given, or what the directory's name makes of one. */
const nameOf = (directory: string, given: string | undefined): string => {
  if (given !== undefined) return checkedName(given);
  const made = basename(resolve(directory))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  return made === '' ? 'constitution' : made;
};

const makeEmpty = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length === 0) return;
  } catch (cause) {
    return unreadable(directory, cause);
  }
  throw new ConfigurationError('CONFIGURATION_INVALID', `${directory} is not empty; nothing was written.`);
};

const named = ({ path, bytes }: ConstitutionFile, name: string): Uint8Array | string =>
  path === 'manifest.yaml'
    ? Buffer.from(bytes)
        .toString('utf8')
        .replace(/^name: .*$/m, `name: ${name}`)
    : bytes;

/** @throws ConfigurationError where a language is asked for that nothing is written in. */
const sourceOf = ({ starter, language }: Options): string => {
  if (starter !== undefined) return starterDirectory(starter, language);
  if (language === 'cedar') return starterConstitutionDirectory;
  throw new ConfigurationError('CONFIGURATION_INVALID', `--language ${language} needs a --starter.`);
};

const init = async (directory: string, options: Options, terminal: Terminal): Promise<void> => {
  const { name: given, json } = options;
  const name = nameOf(directory, given);
  const source = sourceOf(options);
  await makeEmpty(directory);
  const files = await readConstitutionDirectory(source);
  for (const file of files) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, named(file, name), { flag: 'wx' });
  }
  const paths = files.map(({ path }) => path);
  if (json === true) {
    terminal.print(JSON.stringify({ directory, name, files: paths }));
    return;
  }
  terminal.print(`${directory} holds the constitution ${name}:`);
  for (const path of paths) terminal.print(`  ${path}`);
  terminal.print(`Next: charterbus constitution check ${directory}`);
};

/** `constitution init`: something small that may be in force, with comments, to begin with. */
export const initCommand = (terminal: Terminal): Command =>
  new Command('init')
    .description('write a small constitution to begin with')
    .argument('<directory>', 'made where it is missing; it must be empty')
    .option('--name <name>', 'of the constitution; else made from the name of the directory')
    .addOption(
      new Option('--starter <name>', 'about one thing, in place of the small one').choices(Object.keys(starters)),
    )
    .addOption(new Option('--language <language>', 'of the starter').choices(starterLanguages).default('cedar'))
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => init(directory, options, terminal));
