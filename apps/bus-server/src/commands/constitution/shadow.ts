import { Command } from 'commander';
import { shadowSchema } from '../../http/schemas/constitution.js';
import { OperatorClient, type ServerOptions, withServer } from '../server/operator-client.js';
import type { Terminal } from '../terminal.js';
import { differenceTable } from './difference-table.js';
import { findStaged } from './server/find-staged.js';

const shadow = async (begins: string | undefined, options: ServerOptions, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const { hash } = await findStaged(client, begins);
  const path = `/v1/constitution/staged/${hash}/shadow`;
  const report = await client.ask({ method: 'GET', path, answer: shadowSchema });
  if (options.json === true) {
    terminal.print(JSON.stringify(report));
    return;
  }
  const { judged, different, dropped, failed, differences } = report;
  if (differences.length > 0) terminal.print(differenceTable(differences));
  const unseen = dropped + failed === 0 ? '' : ` ${dropped} were not judged a second time, ${failed} could not be.`;
  terminal.print(`${different} of ${judged} messages would be decided otherwise.${unseen}`);
};

/** `constitution shadow`: what a staged constitution would have decided otherwise. */
export const shadowCommand = (terminal: Terminal): Command =>
  withServer(
    new Command('shadow')
      .description('tell what a staged constitution would have decided otherwise')
      .argument('[hash]', 'its full hash, or how that begins (the only one that is staged)'),
  ).action((hash: string | undefined, options: ServerOptions) => shadow(hash, options, terminal));
