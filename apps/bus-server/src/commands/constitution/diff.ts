import { builtInScreens, ContentScreens, checkScreens } from '@charterbus/bus';
import { ConfigurationError, systemClock, systemRandom, systemTimers, uuidV7Source } from '@charterbus/core-models';
import { type Constitution, loadConstitution, readDataDirectory } from '@charterbus/policy-client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ReplayError } from '../../replay/replay-error.js';
import type { MalformedLine } from '../../replay/trace/parse-conversation.js';
import type { RecordedConversation } from '../../what-if/recorded-message.js';
import { serverConversations } from '../../what-if/server-conversations.js';
import { traceConversations } from '../../what-if/trace-conversations.js';
import { type WhatIf, whatIf } from '../../what-if/what-if.js';
import { OperatorClient, readServer } from '../server/operator-client.js';
import type { Terminal } from '../terminal.js';
import { differenceTable } from './difference-table.js';
import { exampleLine } from './example-line.js';
import { readConstitution } from './read-files.js';

interface Options {
  readonly trace?: string;
  readonly server?: URL;
  readonly token?: string;
  readonly messages: number;
  readonly data?: string;
  readonly json?: true;
}

/** What the process ends with, besides what failures end it with. */
const diffExitCodes = Object.freeze({ malformed: 2, newlyAllowed: 3 });

interface Compared extends WhatIf {
  readonly before: Identity;
  readonly after: Identity;
  /** Lines of the trace that are no conversations. */
  readonly malformed: readonly MalformedLine[];
  /** Messages of the bus that could not be looked at. */
  readonly skipped: number;
}

type Identity = Pick<Constitution, 'name' | 'revision' | 'hash' | 'dataVersion'>;

const identityOf = ({ name, revision, hash, dataVersion }: Constitution): Identity => ({
  name,
  revision,
  hash,
  dataVersion,
});

/** @throws ConstitutionalError, also where it reads a screen that no server has. */
const load = async (
  path: string,
  data: string | undefined,
  { names }: ContentScreens,
  { environment }: Terminal,
): Promise<Constitution> => {
  const files = await readConstitution(path);
  const slots = data === undefined ? {} : { slots: await readDataDirectory(data) };
  const constitution = await loadConstitution(files, { environment, ...slots });
  try {
    checkScreens(constitution, names);
    return constitution;
  } catch (error) {
    await constitution.close();
    throw error;
  }
};

const mostListed = 100;

const compare = async (
  [oldDirectory, newDirectory]: readonly [string, string],
  options: Options,
  terminal: Terminal,
): Promise<Compared> => {
  const { data, trace, server, token, messages } = options;
  const malformed: MalformedLine[] = [];
  let skipped = 0;
  const screens = new ContentScreens({ screens: builtInScreens(), clock: systemClock, timers: systemTimers });
  await using before = await load(oldDirectory, data, screens, terminal);
  await using after = await load(newDirectory, data, screens, terminal);
  const { signal } = new AbortController();
  const conversations = (): AsyncIterable<RecordedConversation> => {
    if (trace !== undefined) {
      const ids = uuidV7Source(systemClock, systemRandom);
      const onMalformed = (line: MalformedLine): void => void (malformed.length < mostListed && malformed.push(line));
      return traceConversations(trace, { clock: systemClock, ids, onMalformed }, signal);
    }
    if (server === undefined) throw new ConfigurationError('CONFIGURATION_INVALID', 'State --trace or --server.');
    const client = new OperatorClient({ server, ...(token === undefined ? {} : { token }) }, terminal);
    return serverConversations(client, messages, () => (skipped += 1));
  };
  const outcome = await whatIf(conversations(), [before, after], screens, signal);
  return { before: identityOf(before), after: identityOf(after), ...outcome, malformed, skipped };
};

const show = (compared: Compared, terminal: Terminal): void => {
  const { groups, messages, changed, newlyAllowed, malformed, skipped } = compared;
  if (groups.length > 0) terminal.print(differenceTable(groups));
  for (const { before, after, examples } of groups) {
    terminal.print(`${before.effect} → ${after.effect}, ${after.reasons.join(', ')}:`);
    for (const example of examples) terminal.print(`  ${exampleLine(example)}`);
  }
  const allowed =
    newlyAllowed === 0 ? 'nothing that was denied is allowed' : `${newlyAllowed} were denied and are allowed`;
  terminal.print(`${changed} of ${messages} messages are decided otherwise; ${allowed}.`);
  for (const { line, reason } of malformed) terminal.complain(`Line ${line} is passed over: ${reason}`);
  if (skipped > 0) terminal.complain(`${skipped} messages are passed over: who sent or was to get them is gone.`);
};

const exitCodeOf = ({ newlyAllowed, malformed }: Compared): number => {
  if (newlyAllowed > 0) return diffExitCodes.newlyAllowed;
  return malformed.length > 0 ? diffExitCodes.malformed : 0;
};

const diff = async (directories: readonly [string, string], options: Options, terminal: Terminal): Promise<void> => {
  try {
    const compared = await compare(directories, options, terminal);
    if (options.json === true) terminal.print(JSON.stringify(compared));
    else show(compared, terminal);
    const code = exitCodeOf(compared);
    if (code !== 0) terminal.exitWith(code);
  } catch (error) {
    if (error instanceof ReplayError) {
      throw new ConfigurationError('CONFIGURATION_INVALID', error.message, { cause: error });
    }
    throw error;
  }
};

const readCount = (text: string): number => {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1 && value <= 100_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 100000.');
};

const helpText = `
Exit codes:
  0  compared; whatever changes, nothing that was denied is allowed
  1  failed unexpectedly
  2  compared, but malformed lines were passed over; or the options are not valid
  3  something that was denied is allowed
  4  one of the constitutions may not be in force`;

/** `constitution diff`: which verdicts change from one constitution to another, on what was recorded. */
export const diffCommand = (terminal: Terminal): Command =>
  new Command('diff')
    .description('list the verdicts on recorded messages that change from one constitution to another')
    .argument('<old>', 'the directory or the bundle of the one')
    .argument('<new>', 'the directory or the bundle of the other')
    .addOption(new Option('--trace <file>', 'recorded conversations, one JSON object a line').conflicts('server'))
    .addOption(new Option('--server <url>', 'the newest messages of a running server').argParser(readServer))
    .option('--token <token>', "with --server, the operator's token (CHARTERBUS_OPERATOR_TOKEN)")
    .addOption(new Option('--messages <count>', 'with --server, how many').argParser(readCount).default(1000))
    .option('--data <directory>', 'the external data slots, one <slot>.json each')
    .option('--json', 'print JSON')
    .addHelpText('after', helpText)
    .action((before: string, after: string, options: Options) => diff([before, after], options, terminal));
