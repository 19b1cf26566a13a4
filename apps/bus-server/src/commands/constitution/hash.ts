import { constitutionalHash, shortHash } from '@charterbus/core-models';
import { readConstitutionDirectory } from '@charterbus/policy-client';
import { Command } from 'commander';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly json?: true;
}

/** The hash alone; whether the constitution may be in force is `check`'s question. */
const hash = async (directory: string, { json }: Options, terminal: Terminal): Promise<void> => {
  const full = constitutionalHash(await readConstitutionDirectory(directory));
  terminal.print(json === true ? JSON.stringify({ hash: full, sealedShortHash: shortHash(full) }) : full);
};

/** `constitution hash`. */
export const hashCommand = (terminal: Terminal): Command =>
  new Command('hash')
    .description('print its full constitutional hash')
    .argument('<directory>')
    .option('--json', 'print JSON')
    .action((directory: string, options: Options) => hash(directory, options, terminal));
