import { Command } from 'commander';
import { z } from 'zod';
import { activationSchema } from '../../http/schemas/constitution.js';
import { stated } from '../../http/schemas/request.js';
import { OperatorClient, type ServerOptions, withServer } from '../server/operator-client.js';
import type { Terminal } from '../terminal.js';
import { findStaged } from './server/find-staged.js';

interface Options extends ServerOptions {
  readonly reason: string;
  readonly by?: string;
}

const tell = (activation: z.output<typeof activationSchema>, { json }: Options, terminal: Terminal): void => {
  const { name, revision, shortHash } = activation;
  if (json === true) terminal.print(JSON.stringify(activation));
  else terminal.print(`${name} revision ${revision} is in force (${shortHash}).`);
};

const activate = async (begins: string | undefined, options: Options, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const { hash } = await findStaged(client, begins);
  const { reason, by } = options;
  const path = `/v1/constitution/staged/${hash}/activate`;
  const body = { reason, ...stated({ by }) };
  tell(await client.ask({ method: 'POST', path, body, answer: activationSchema }), options, terminal);
};

const rollback = async (options: Options, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const { reason, by } = options;
  const body = { reason, ...stated({ by }) };
  const path = '/v1/constitution/rollback';
  tell(await client.ask({ method: 'POST', path, body, answer: activationSchema }), options, terminal);
};

const revokedSchema = z.strictObject({ activation: activationSchema.optional() });

const revoke = async (hash: string, options: Options, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const { reason, by, json } = options;
  const body = { hash, reason, ...stated({ by }) };
  const revoked = await client.ask({ method: 'POST', path: '/v1/constitution/revoke', body, answer: revokedSchema });
  if (json === true) terminal.print(JSON.stringify(revoked));
  else if (revoked.activation === undefined) terminal.print('It is revoked. It was not in force.');
  else terminal.print('It is revoked. Nothing passes until another constitution is in force: activate or roll back.');
};

const withReason = (command: Command): Command =>
  withServer(command)
    .requiredOption('--reason <text>', 'why; it stands in the audit log')
    .option('--by <name>', 'who does it (operator)');

/** `constitution activate`: what was staged comes into force. */
export const activateCommand = (terminal: Terminal): Command =>
  withReason(
    new Command('activate')
      .description('put a staged constitution in force')
      .argument('[hash]', 'its full hash, or how that begins (the only one that is staged)'),
  ).action((hash: string | undefined, options: Options) => activate(hash, options, terminal));

/** `constitution rollback`: what was in force before comes into force again. */
export const rollbackCommand = (terminal: Terminal): Command =>
  withReason(new Command('rollback').description('put in force what was before')).action((options: Options) =>
    rollback(options, terminal),
  );

/** `constitution revoke`: what is in force stops to be, and never is again. */
export const revokeCommand = (terminal: Terminal): Command =>
  withReason(
    new Command('revoke')
      .description('take a constitution out of force for good')
      .argument('<hash>', 'its full hash, staged, in force or not yet seen'),
  ).action((hash: string, options: Options) => revoke(hash, options, terminal));
