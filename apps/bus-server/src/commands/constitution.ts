import { constitutionalHash, shortHash } from '@charterbus/core-models';
import { loadConstitution, readConstitutionDirectory } from '@charterbus/policy-client';
import { Command } from 'commander';
import type { Terminal } from './terminal.js';

interface Options {
  readonly json?: true;
}

const check = async (directory: string, { json }: Options, terminal: Terminal): Promise<void> => {
  await using constitution = await loadConstitution(await readConstitutionDirectory(directory));
  const { manifest, hash, shortHash: short, policies } = constitution;
  const { name, revision } = manifest;
  if (json === true)
    terminal.print(JSON.stringify({ name, revision, hash, shortHash: short, policies: [...policies.keys()] }));
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

/** `charterbus constitution …`: what its authors need before it is in force. */
export const constitutionCommand = (terminal: Terminal): Command => {
  const command = new Command('constitution').description('Look at a constitution on disk.');
  command
    .command('check')
    .description('validate it and run its tests')
    .argument('<directory>')
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => check(directory, options, terminal));
  command
    .command('hash')
    .description('print its full constitutional hash')
    .argument('<directory>')
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => hash(directory, options, terminal));
  return command;
};
