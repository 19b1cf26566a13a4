import {
  CharterbusError,
  ConfigurationError,
  type ErrorCode,
  errorOfCode,
  systemClock,
  systemRandom,
  systemTimers,
} from '@charterbus/core-models';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ReplayError } from '../../replay/replay-error.js';
import { BusClient, type BusRequest, ServerRefusal } from '../../replay/target/http/bus-client.js';
import { defaultRetryOptions } from '../../replay/target/http/retry.js';
import type { Terminal } from '../terminal.js';

/** Where a running server is, and who speaks to it. */
export interface ServerOptions {
  readonly server: URL;
  readonly token?: string;
  readonly json?: true;
}

/** For options that name a server. */
export const readServer = (text: string): URL => {
  const url = URL.parse(text);
  const plain =
    url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  if (plain) return url;
  throw new InvalidArgumentError('It must be an http or https address, such as http://127.0.0.1:7420.');
};

/** Adds what every command that speaks to a server takes. */
export const withServer = (command: Command): Command =>
  command
    .addOption(
      new Option('--server <url>', 'the running server')
        .argParser(readServer)
        .default(new URL('http://127.0.0.1:7420'), 'http://127.0.0.1:7420'),
    )
    .option('--token <token>', "the operator's token (CHARTERBUS_OPERATOR_TOKEN)")
    .option('--json', 'print JSON');

/** As errors of the command line are explained: what the server says of a constitution, with its places. */
const explained = (error: unknown): unknown => {
  if (error instanceof ServerRefusal) return refused(error);
  return error instanceof ReplayError
    ? new ConfigurationError('CONFIGURATION_INVALID', error.message, { cause: error })
    : error;
};

const refused = ({ code, details, message }: ServerRefusal & { readonly code: ErrorCode }): CharterbusError => {
  const { problems, problemCount } = details;
  const places = Array.isArray(problems) ? { problems, problemCount } : {};
  return errorOfCode(code, typeof details['detail'] === 'string' ? details['detail'] : message, { details: places });
};

/** Longer than a constitution's tests should take. */
const stageTimeoutMs = 120_000;

/** Speaks to a server as its operator. Nothing is tried twice: what was activated once is no longer staged. */
export class OperatorClient {
  readonly #client: BusClient;
  readonly #token: string;

  /** @throws ConfigurationError where no token is stated. */
  constructor({ server, token }: ServerOptions, { environment }: Terminal) {
    const stated = token ?? environment['CHARTERBUS_OPERATOR_TOKEN'] ?? '';
    if (stated === '') {
      throw new ConfigurationError('CONFIGURATION_INVALID', 'Set CHARTERBUS_OPERATOR_TOKEN, or state --token.');
    }
    this.#token = stated;
    this.#client = new BusClient({
      url: server,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      retry: { ...defaultRetryOptions, attempts: 1 },
      halt: new AbortController().signal,
    });
  }

  /** @throws CharterbusError: what the server refused with, or that it cannot be reached. */
  async ask<T>(request: Omit<BusRequest<T>, 'token'>): Promise<T> {
    try {
      return await this.#client.request({ timeoutMs: stageTimeoutMs, ...request, token: this.#token });
    } catch (error) {
      throw explained(error);
    }
  }

  /** As `ask`; nothing where the server has no such thing, or no longer. */
  async find<T>(request: Omit<BusRequest<T>, 'token'>): Promise<T | undefined> {
    try {
      return await this.ask(request);
    } catch (error) {
      if (CharterbusError.isInstance(error) && [404, 410].includes(error.catalogueEntry.status)) return undefined;
      throw error;
    }
  }
}
