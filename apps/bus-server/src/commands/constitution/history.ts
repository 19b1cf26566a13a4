import { Command } from 'commander';
import { z } from 'zod';
import { activationSchema } from '../../http/schemas/constitution.js';
import { OperatorClient, type ServerOptions, withServer } from '../server/operator-client.js';
import type { Terminal } from '../terminal.js';

const historySchema = z.strictObject({ activations: z.array(activationSchema) });

const history = async (options: ServerOptions, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const { activations } = await client.ask({
    method: 'GET',
    path: '/v1/constitution/history',
    answer: historySchema,
  });
  if (options.json === true) {
    terminal.print(JSON.stringify({ activations }));
    return;
  }
  for (const { number, at, kind, name, revision, shortHash, by, why } of activations) {
    terminal.print(`${number}  ${at}  ${kind}  ${name} revision ${revision} (${shortHash})  ${by}: ${why}`);
  }
};

/** `constitution history`: what was in force on a running server, newest first. */
export const historyCommand = (terminal: Terminal): Command =>
  withServer(new Command('history').description('list what was in force on a running server, newest first')).action(
    (options: ServerOptions) => history(options, terminal),
  );
