import { messageTypes, OperationError } from '@charterbus/core-models';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { haltSchema } from '../http/routes/halts.js';
import { OperatorClient, type ServerOptions, withServer } from './server/operator-client.js';
import type { Terminal } from './terminal.js';

interface TargetOptions extends ServerOptions {
  readonly tenant?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly everything?: true;
  readonly reason: string;
}

type Halt = z.output<typeof haltSchema>;

const withTarget = (command: Command): Command =>
  withServer(command)
    .option('--tenant <tenant>', 'alone: whoever is of it; else that of the agent, or of the type')
    .option('--agent <id>', 'this agent of the tenant')
    .addOption(new Option('--type <type>', 'messages of this type').choices(messageTypes))
    .option('--everything', 'everything')
    .requiredOption('--reason <words>', 'why, for those who look later');

/** Nothing stated is a slip, not everything. */
const bodyOf = ({ tenant, agent, type, everything, reason }: TargetOptions): object => {
  const stated = { tenant, agent, type, everything };
  if (Object.values(stated).every((one) => one === undefined)) {
    throw new OperationError('REQUEST_INVALID', 'State --tenant, --tenant and --agent, --type, or --everything.');
  }
  return { ...stated, reason };
};

const nameOf = ({ tenant, agent, type, everything }: Partial<Halt>): string => {
  if (everything === true) return 'everything';
  if (type !== undefined) return tenant === undefined ? `type ${type}` : `type ${type} in ${tenant}`;
  return agent === undefined ? `tenant ${tenant}` : `agent ${tenant}/${agent}`;
};

const halt = async (options: TargetOptions, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const halted = await client.ask({ method: 'POST', path: '/v1/halts', body: bodyOf(options), answer: haltSchema });
  terminal.print(options.json === true ? JSON.stringify(halted) : `${nameOf(halted)} is halted: ${halted.reason}`);
};

const lift = async (options: TargetOptions, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const answer = z.strictObject({ lifted: z.boolean() });
  const body = bodyOf(options);
  const { lifted } = await client.ask({ method: 'POST', path: '/v1/halts/lift', body, answer });
  if (options.json === true) return terminal.print(JSON.stringify({ lifted }));
  terminal.print(`${nameOf(options as Partial<Halt>)} ${lifted ? 'goes on' : 'was not halted'}.`);
};

const list = async (options: ServerOptions, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const answer = z.strictObject({ halts: z.array(haltSchema) });
  const { halts } = await client.ask({ method: 'GET', path: '/v1/halts', answer });
  if (options.json === true) return terminal.print(JSON.stringify({ halts }));
  for (const one of halts) terminal.print(`${one.since}  ${nameOf(one)}: ${one.reason}`);
};

/** `halt`: stops an agent, a tenant, a type of messages or everything on a running server. */
export const haltCommand = (terminal: Terminal): Command =>
  withTarget(new Command('halt').description('stop an agent, a tenant, a type of messages or everything')).action(
    (options: TargetOptions) => halt(options, terminal),
  );

/** `lift`: ends a halt. */
export const liftCommand = (terminal: Terminal): Command =>
  withTarget(new Command('lift').description('let go on what was halted')).action((options: TargetOptions) =>
    lift(options, terminal),
  );

/** `halts`: what is halted on a running server, oldest first. */
export const haltsCommand = (terminal: Terminal): Command =>
  withServer(new Command('halts').description('list what is halted, oldest first')).action((options: ServerOptions) =>
    list(options, terminal),
  );
