import { builtInScreens } from '@charterbus/bus';
import { type Constitution, loadConstitution, readDataDirectory } from '@charterbus/policy-client';
import { Command } from 'commander';
import { exitCodes } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { readConstitution } from './read-files.js';

interface Options {
  readonly json?: true;
  readonly data?: string;
}

const checked = async (path: string, data: string | undefined): Promise<Constitution> => {
  const files = await readConstitution(path);
  return data === undefined
    ? loadConstitution(files, { checkOnly: true })
    : loadConstitution(files, { checkOnly: true, slots: await readDataDirectory(data) });
};

/** Slots of the manifest that are not in the directory of data. */
const missingSlots = ({ manifest, slots }: Constitution): readonly string[] => {
  const named = Object.values(manifest.facts.tables).flatMap(({ slot }) => slot ?? []);
  return [...new Set(named)].filter((slot) => !Object.hasOwn(slots, slot)).toSorted();
};

/** What servers do not have; a bus in somebody's process may. */
const foreignScreens = ({ screens }: Constitution): readonly string[] => {
  const builtIn = new Set(builtInScreens().map(({ name }) => name));
  return [...screens].filter((screen) => !builtIn.has(screen)).toSorted();
};

const check = async (path: string, { json, data }: Options, terminal: Terminal): Promise<void> => {
  await using constitution = await checked(path, data);
  const { manifest, hash, shortHash: short, policies, slots } = constitution;
  const missing = data === undefined ? [] : missingSlots(constitution);
  if (missing.length > 0) {
    terminal.complain('The data is not complete:');
    for (const slot of missing) terminal.complain(`  ${slot}.json is not there.`);
    terminal.exitWith(exitCodes.constitution);
    return;
  }
  for (const screen of foreignScreens(constitution)) {
    terminal.complain(
      `The screen ${screen} is not built in: only a bus that is given one of this name can be under it.`,
    );
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

/** `constitution check`: whether it may be in force. */
export const checkCommand = (terminal: Terminal): Command =>
  new Command('check')
    .description('validate it and run its tests')
    .argument('<path>', 'a directory or a bundle')
    .option('--data <directory>', 'check the external data slots too')
    .option('--json', 'print JSON')
    .action((path: string, options: Options) => check(path, options, terminal));
