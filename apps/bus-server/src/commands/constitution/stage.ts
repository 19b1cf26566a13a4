import type { ConstitutionFile } from '@charterbus/core-models';
import { readBundleFile, readDataDirectory } from '@charterbus/policy-client';
import { Command } from 'commander';
import { stagedSchema } from '../../http/schemas/constitution.js';
import { stated } from '../../http/schemas/request.js';
import { OperatorClient, type ServerOptions, withServer } from '../server/operator-client.js';
import type { Terminal } from '../terminal.js';
import { isDirectory, readToStage } from './read-files.js';

interface Options extends ServerOptions {
  readonly data?: string;
  readonly shadow?: true;
  readonly keep?: true;
  readonly by?: string;
}

type StageRequest = Parameters<OperatorClient['ask']>[0];

const place = '/v1/constitution/staged';

const encoded = (files: readonly ConstitutionFile[]): Readonly<Record<string, string>> =>
  Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('base64')]));

/** A bundle goes as it is; with data beside it, and as a directory, its files do, with what is signed. */
const requestOf = async (path: string, { shadow, keep, by, data }: Options): Promise<Omit<StageRequest, 'answer'>> => {
  if (data === undefined && !(await isDirectory(path))) {
    const query = new URLSearchParams(
      stated({ shadow: shadow === true ? 'true' : undefined, keep: keep === true ? 'true' : undefined, by }),
    ).toString();
    const bytes = await readBundleFile(path);
    return {
      method: 'POST',
      path: `${place}${query === '' ? '' : `?${query}`}`,
      bytes: { bytes, type: 'application/gzip' },
    };
  }
  const body = {
    files: encoded(await readToStage(path)),
    ...(data === undefined ? {} : { data: encoded(await readDataDirectory(data)) }),
    ...stated({ shadow, keep, by }),
  };
  return { method: 'POST', path: place, body };
};

const stage = async (path: string, options: Options, terminal: Terminal): Promise<void> => {
  const client = new OperatorClient(options, terminal);
  const staged = await client.ask({ ...(await requestOf(path, options)), answer: stagedSchema });
  if (options.json === true) {
    terminal.print(JSON.stringify(staged));
    return;
  }
  const { name, revision, hash } = staged;
  terminal.print(`${name} revision ${revision} is staged: its tests pass (${hash}).`);
  if (staged.shadow) terminal.print('Every message is judged under it besides: see constitution shadow.');
};

/** `constitution stage`: beside the one in force, on a running server. */
export const stageCommand = (terminal: Terminal): Command =>
  withServer(
    new Command('stage')
      .description('check it on a running server, and put it beside the one in force')
      .argument('<path>', 'a directory or a bundle'),
  )
    .option('--data <directory>', 'with these external data slots (those in force)')
    .option('--shadow', 'judge every message under it besides, for comparison only')
    .option('--keep', 'stage it again when another one is activated after it, for switching to and fro')
    .option('--by <name>', 'who does it (operator)')
    .action((path: string, options: Options) => stage(path, options, terminal));
