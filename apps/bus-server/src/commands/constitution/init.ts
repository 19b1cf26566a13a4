import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigurationError, type ConstitutionFile } from '@charterbus/core-models';
import { readConstitutionDirectory, starterConstitutionDirectory } from '@charterbus/policy-client';
import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { unreadable } from './read-files.js';

interface Options {
  readonly name?: string;
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

const named = ({ path, bytes }: ConstitutionFile, name: string): string => {
  const text = Buffer.from(bytes).toString('utf8');
  return path === 'manifest.yaml' ? text.replace(/^name: .*$/m, `name: ${name}`) : text;
};

const init = async (directory: string, { name: given, json }: Options, terminal: Terminal): Promise<void> => {
  const name = nameOf(directory, given);
  await makeEmpty(directory);
  const files = await readConstitutionDirectory(starterConstitutionDirectory);
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
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => init(directory, options, terminal));
