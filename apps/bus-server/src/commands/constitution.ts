import { constitutionalHash, shortHash } from '@charterbus/core-models';
import {
  type Constitution,
  constitutionSchema,
  loadConstitution,
  readConstitutionDirectory,
  readDataDirectory,
} from '@charterbus/policy-client';
import { Command } from 'commander';
import { testDirectory } from './constitution-test.js';
import { exitCodes } from './failure.js';
import type { Terminal } from './terminal.js';

interface Options {
  readonly json?: true;
}

interface CheckOptions extends Options {
  readonly data?: string;
}

const checked = async (directory: string, data: string | undefined): Promise<Constitution> => {
  const files = await readConstitutionDirectory(directory);
  return data === undefined
    ? loadConstitution(files, { checkOnly: true })
    : loadConstitution(files, { checkOnly: true, slots: await readDataDirectory(data) });
};

/** Slots of the manifest that are not in the directory of data. */
const missingSlots = ({ manifest, slots }: Constitution): readonly string[] => {
  const named = Object.values(manifest.facts.tables).flatMap(({ slot }) => slot ?? []);
  return [...new Set(named)].filter((slot) => !Object.hasOwn(slots, slot)).toSorted();
};

const check = async (directory: string, { json, data }: CheckOptions, terminal: Terminal): Promise<void> => {
  await using constitution = await checked(directory, data);
  const { manifest, hash, shortHash: short, policies, slots } = constitution;
  const missing = data === undefined ? [] : missingSlots(constitution);
  if (missing.length > 0) {
    terminal.complain('The data is not complete:');
    for (const slot of missing) terminal.complain(`  ${slot}.json is not there.`);
    terminal.exitWith(exitCodes.constitution);
    return;
  }
  const { name, revision } = manifest;
  const versions = data === undefined ? {} : { slots };
  if (json === true)
    terminal.print(
      JSON.stringify({ name, revision, hash, shortHash: short, policies: [...policies.keys()], ...versions }),
    );
  else
    terminal.print(
      `${name} revision ${revision} may be in force: ${policies.size} policies, its tests pass (${short}).`,
    );
};

/** The hash alone; whether the constitution may be in force is `check`'s question. */
const hash = async (directory: string, { json }: Options, terminal: Terminal): Promise<void> => {
  const full = constitutionalHash(await readConstitutionDirectory(directory));
  terminal.print(json === true ? JSON.stringify({ hash: full, sealedShortHash: shortHash(full) }) : full);
};

/** What policies can be written in terms of; to be kept beside them, it is checked with them. */
const schema = async (directory: string, terminal: Terminal): Promise<void> => {
  terminal.print(constitutionSchema(await readConstitutionDirectory(directory)).trimEnd());
};

/** `charterbus constitution …`: what its authors need before it is in force. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Look at a constitution on disk.');
  command
    .command('check')
    .description('validate it and run its tests')
    .argument('<directory>')
    .option('--data <directory>', 'check the external data slots too')
    .option('--json', 'print JSON')
    .action((directory: string, options: CheckOptions) => check(directory, options, terminal));
  command
    .command('test')
    .description('run its tests, and tell what each policy decides of them')
    .argument('<directory>')
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => testDirectory(directory, options, terminal));
  command
    .command('schema')
    .description('print the Cedar schema that follows from its manifest')
    .argument('<directory>')
    .action((directory: string) => schema(directory, terminal));
  command
    .command('hash')
    .description('print its full constitutional hash')
    .argument('<directory>')
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => hash(directory, options, terminal));
  return command;
};
