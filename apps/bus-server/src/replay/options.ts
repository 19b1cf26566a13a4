import { InvalidArgumentError, Option } from 'commander';

/** What the command line says. */
export interface CommandLineOptions {
  readonly trace: string;
  readonly constitution?: string;
  readonly data?: string;
  readonly server?: URL;
  readonly report?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly concurrency: number;
  readonly keep?: string;
  readonly quiet?: true;
}

const readConcurrency = (text: string): number => {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
};

const readServer = (text: string): URL => {
  const url = URL.parse(text);
  const plain =
    url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  if (plain) return url;
  throw new InvalidArgumentError(
    'It must be an http or https address without a password, such as http://127.0.0.1:7420.',
  );
};

export const commandLineOptions: readonly Option[] = [
  new Option('--trace <file>', 'recorded conversations, one JSON object a line').makeOptionMandatory(),
  new Option('--constitution <directory>', 'the constitution to judge by (the one that ships)'),
  new Option('--data <directory>', 'the external data slots, one <slot>.json each').conflicts('server'),
  new Option('--server <url>', 'send through a running server instead of a store of its own').argParser(readServer),
  new Option('--report <file>', 'write the whole report as JSON'),
  new Option('--markdown <file>', 'write a report for people as Markdown'),
  new Option('--html <file>', 'write a report for people as one HTML file'),
  new Option('--concurrency <count>', 'conversations at a time').argParser(readConcurrency).default(16),
  new Option('--keep <directory>', 'keep the store in this empty directory').conflicts('server'),
  new Option('--quiet', 'show no progress bar'),
];

export const helpText = `
Environment:
  CHARTERBUS_OPERATOR_TOKEN  the operator's token, with --server

Exit codes:
  0    replayed, every message accounted for; denied messages are no failure
  1    failed, or the accounts do not add up
  2    replayed, but malformed lines were skipped
  130  interrupted; what was done until then is reported`;
