import { constitutionSchema } from '@charterbus/policy-client';
import { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { readConstitution } from './read-files.js';

/** `constitution schema`: what policies can be written in terms of; to be kept beside them, it is checked with them. */
export const schemaCommand = (terminal: Terminal): Command =>
  new Command('schema')
    .description('print the Cedar schema that follows from its manifest')
    .argument('<path>', 'a directory or a bundle')
    .option('--json', 'print JSON')
    .action(async (path: string, { json }: { readonly json?: true }) => {
      const schema = constitutionSchema(await readConstitution(path)).trimEnd();
      terminal.print(json === true ? JSON.stringify({ schema }) : schema);
    });
