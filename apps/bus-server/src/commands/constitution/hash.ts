import { constitutionalHash, shortHash } from '@charterbus/core-models';
import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { readConstitution } from './read-files.js';

interface Options {
  readonly json?: true;
}

/** The hash alone; whether the constitution may be in force is `check`'s question. */
const hash = async (path: string, { json }: Options, terminal: Terminal): Promise<void> => {
  const full = constitutionalHash(await readConstitution(path));
  terminal.print(json === true ? JSON.stringify({ hash: full, sealedShortHash: shortHash(full) }) : full);
};

/** `constitution hash`. */
export const hashCommand = (terminal: Terminal): Command =>
  new Command('hash')
    .description('print its full constitutional hash')
    .argument('<path>', 'a directory or a bundle')
    .option('--json', 'print JSON')
    .action((path: string, options: Options) => hash(path, options, terminal));
