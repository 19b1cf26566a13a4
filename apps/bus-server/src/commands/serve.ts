import { readServerConfiguration } from '@charterbus/core-models';
import { Command, Option } from 'commander';
import { isLoopback } from '../serve/loopback.js';
import { runUntilStopped } from '../serve/run-until-stopped.js';
import { type LogLevel, logLevels, serverLogger } from '../serve/server-logger.js';
import { startServer } from '../serve/start-server.js';
import type { Terminal } from './terminal.js';

const environmentHelp = `
Environment:
  CHARTERBUS_HOST            where to listen (127.0.0.1)
  CHARTERBUS_PORT            the port; 0 takes a free one (7420)
  CHARTERBUS_DATA_DIR        the data directory, made where it is missing (./data)
  CHARTERBUS_CONSTITUTION    the directory of the constitution (the one that ships)
  CHARTERBUS_CONSTITUTION_DATA
                             the directory of the external data that its facts name
  CHARTERBUS_BUNDLE          instead, a file, a directory or an address where bundles of it come from, and
  CHARTERBUS_BUNDLE_NAME     the name of the constitution
  CHARTERBUS_BUNDLE_KEY      the file of the public key, in PEM or as a JSON Web Key Set
  CHARTERBUS_BUNDLE_KEY_ID   the id of the key
  CHARTERBUS_BUNDLE_SCOPE    what signatures must have been made for
  CHARTERBUS_BUNDLE_FALLBACKS
                             more places, separated by commas
  CHARTERBUS_BUNDLE_TOKEN    a bearer token for the address
  CHARTERBUS_BUNDLE_UNSIGNED true where nobody signs what is in a file or a directory
  CHARTERBUS_OPERATOR_TOKEN  the operator's token (made on first start, in <data dir>/operator.token)
  CHARTERBUS_REDIS_URL       a Redis that several servers share, in the place of a file in the data directory
  CHARTERBUS_METRICS         who may read /metrics: operator, open (everybody) or off (operator)
  CHARTERBUS_DRAIN_MS        how long a drain may take, in milliseconds (10000)
  OTEL_EXPORTER_OTLP_ENDPOINT
                             where traces and metrics go, with OpenTelemetry's other variables (nowhere)`;

const serve = async ({ logLevel }: { readonly logLevel: LogLevel }, terminal: Terminal): Promise<void> => {
  const configuration = readServerConfiguration(terminal.environment);
  // Messages, agents and tokens: whatever is made from here on is its owner's alone.
  process.umask(0o077);
  const logger = serverLogger(logLevel);
  const server = await startServer(configuration, logger, terminal.environment);
  // Before anything says that it runs: whoever reads that may stop it at once.
  const stopped = runUntilStopped(server, logger, terminal);
  const { manifest, shortHash } = server.constitution;
  if (!isLoopback(configuration.host)) {
    terminal.complain(
      `Warning: ${configuration.host} can be reached from other machines, and tokens travel in the clear; put TLS in front.`,
    );
  }
  terminal.print(`The operator's token is in ${server.tokenPlace}`);
  terminal.print(
    `Charterbus is listening at ${server.url} (constitution ${manifest.name} revision ${manifest.revision}, ${shortHash})`,
  );
  terminal.exitWith(await stopped);
};

/** `charterbus serve`: HTTP v1 over a durable bus, until a signal. */
export const serveCommand = (terminal: Terminal): Command =>
  new Command('serve')
    .description('Run the server.')
    .addOption(new Option('--log-level <level>', 'what to log, on standard error').choices(logLevels).default('warn'))
    .addHelpText('after', environmentHelp)
    .action((options: { readonly logLevel: LogLevel }) => serve(options, terminal));
