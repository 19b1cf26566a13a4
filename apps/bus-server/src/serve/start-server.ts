import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bus, createBus, type DrainReport, type OpenBackend } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { CharterbusError, ConfigurationError, type ServerConfiguration, systemRandom } from '@charterbus/core-models';
import { createJwtAuthenticator, type JwtAuthenticator } from '@charterbus/registry/jwt';
import type { Logger } from 'pino';
import { createServer } from '../http/create-server.js';
import type { HttpServer } from '../http/http-server.js';
import type { Environment } from '../observe/otlp-settings.js';
import { processMetrics } from '../observe/process-metrics.js';
import { type RunningTelemetry, startTelemetry } from '../observe/start-telemetry.js';
import { BundleFollower } from './bundles/bundle-follower.js';
import { operatorToken } from './operator-token.js';
import { openUsageSinks } from './usage-sinks.js';

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly constitution: Bus['constitution'];
  /** Where a person finds the operator's token. */
  readonly tokenPlace: string;
  /**
   * Begins nothing new, lets long polls go, answers what is under way, closes the listener, drains the bus: within the
   * configured time. Idempotent.
   */
  drain(): Promise<DrainReport>;
}

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

const cannotListen = ({ host, port }: ServerConfiguration, cause: unknown): ConfigurationError => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const why =
    code === 'EADDRINUSE'
      ? `port ${port} of ${host} is taken; set CHARTERBUS_PORT to another`
      : `the server cannot listen at ${host} port ${port} (${code})`;
  const sentence = `${why[0]!.toUpperCase()}${why.slice(1)}.`;
  return new ConfigurationError('CONFIGURATION_INVALID', sentence, { cause, details: { listen: code } });
};

const logBackground =
  (logger: Logger) =>
  (task: string, error: unknown): void => {
    const code = CharterbusError.isInstance(error) ? error.code : undefined;
    logger.error({ task, code, err: error }, 'background work failed');
  };

interface Parts {
  readonly app: HttpServer;
  readonly bus: Bus;
  readonly follower: BundleFollower | undefined;
  readonly draining: AbortController;
  readonly deadlineMs: number;
  readonly telemetry: RunningTelemetry;
}

/** Whether it ended within the time; past it, what still hangs on a connection is cut. */
const closeListener = async (app: HttpServer, deadlineMs: number): Promise<void> => {
  const cut = setTimeout(() => app.server.closeAllConnections(), deadlineMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
};

const drain = async ({ app, bus, follower, draining, deadlineMs, telemetry }: Parts): Promise<DrainReport> => {
  const startedAt = performance.now();
  draining.abort();
  const followed = follower?.close();
  await closeListener(app, deadlineMs);
  // What it is trying out may take longer; it is told off when the bus is gone.
  const left = (): number => Math.max(0, deadlineMs - (performance.now() - startedAt));
  await Promise.race([followed, wait(left(), undefined, { ref: false })]);
  const report = await bus.drain(left());
  await telemetry.shutdown(left());
  return report;
};

const jwtOf = async ({ jwt }: ServerConfiguration): Promise<JwtAuthenticator | undefined> => {
  if (jwt === undefined) return undefined;
  const { issuer, audience, jwksUrl, tenantClaim, agentClaim } = jwt;
  const claims = {
    ...(tenantClaim === undefined ? {} : { tenant: tenantClaim }),
    ...(agentClaim === undefined ? {} : { agent: agentClaim }),
  };
  return createJwtAuthenticator({ issuer, audience, jwks: new URL(jwksUrl), claims });
};

interface Running {
  readonly bus: Bus;
  readonly telemetry: RunningTelemetry;
  readonly jwt: JwtAuthenticator | undefined;
  readonly follower: BundleFollower | undefined;
}

const listen = async (
  configuration: ServerConfiguration,
  { bus, follower, jwt, telemetry }: Running,
  logger: Logger,
): Promise<RunningServer> => {
  const { dataDirectory, drainMilliseconds: deadlineMs, host, port } = configuration;
  const { token, place } = operatorToken(dataDirectory, configuration.operatorToken, systemRandom);
  const draining = new AbortController();
  const signal = draining.signal;
  const metrics = { access: configuration.metrics, process: processMetrics() };
  const app = await createServer({
    bus,
    operatorToken: token,
    logger,
    draining: signal,
    bundles: follower,
    jwt,
    metrics,
  });
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw cannotListen(configuration, cause);
  }
  let drained: Promise<DrainReport> | undefined;
  return {
    url: urlOf(app.server.address() as AddressInfo),
    constitution: bus.constitution,
    tokenPlace: place,
    drain: () => (drained ??= drain({ app, bus, follower, draining, deadlineMs, telemetry })),
  };
};

/** The data directory, or a Redis that servers share: then the directory holds the operator's token alone. */
const backendOf = ({ dataDirectory: directory, redisUrl }: ServerConfiguration, logger: Logger): OpenBackend => {
  if (redisUrl === undefined) return sqliteBackend({ directory });
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'The data directory cannot be made.', {
      cause,
      details: { dataDirectory: true },
    });
  }
  return redisBackend({
    redis: redisUrl,
    onConnectionError: (error) => logger.warn({ err: error }, 'a connection to Redis was lost'),
  });
};

const openBus = async (
  configuration: ServerConfiguration,
  { follower, telemetry }: Pick<Running, 'follower' | 'telemetry'>,
  logger: Logger,
): Promise<Bus> => {
  const { constitution, constitutionData: data } = configuration;
  const { enterpriseTenants, tenantMetrics } = configuration.usage;
  const sinks = await openUsageSinks(configuration.usage, logger);
  const opened = createBus({
    backend: backendOf(configuration, logger),
    metering: { enterpriseTenants, sinks, tenantMetrics },
    onQuotaWarning: (warning) => logger.warn({ warning }, 'a quota is nearly used up'),
    ...(constitution === undefined ? {} : { constitution }),
    ...(follower === undefined ? {} : { constitution: follower, admit: follower.admit }),
    ...(data === undefined ? {} : { data }),
    onBackgroundError: logBackground(logger),
    instruments: telemetry.instruments,
  });
  const bus = await opened.catch(async (error: unknown) => {
    for (const sink of sinks) await sink.close();
    throw error;
  });
  const { clock } = bus.constitution.manifest;
  if (clock !== 'bus') logger.warn({ now: clock.pinned }, 'the clock that policies see is pinned by the constitution');
  return bus;
};

/**
 * Opens the data directory, the bus on it and the listener. When any of it fails, none of it stays open.
 *
 * @param environment where OpenTelemetry's own variables stand, by which traces and metrics are sent somewhere.
 * @throws ConfigurationError, ConstitutionalError or StoreError; see `explainFailure`.
 */
export const startServer = async (
  configuration: ServerConfiguration,
  logger: Logger,
  environment: Environment = {},
): Promise<RunningServer> => {
  const telemetry = startTelemetry(environment, logger);
  try {
    return await start(configuration, logger, telemetry);
  } catch (error) {
    await telemetry.shutdown(0);
    throw error;
  }
};

const start = async (
  configuration: ServerConfiguration,
  logger: Logger,
  telemetry: RunningTelemetry,
): Promise<RunningServer> => {
  const { bundles, dataDirectory } = configuration;
  const jwt = await jwtOf(configuration);
  const follower = bundles === undefined ? undefined : await BundleFollower.open(bundles, dataDirectory, logger);
  const bus = await openBus(configuration, { follower, telemetry }, logger);
  try {
    const running = await listen(configuration, { bus, follower, jwt, telemetry }, logger);
    follower?.follow(bus.operations.constitution);
    return running;
  } catch (error) {
    await follower?.close();
    await bus.drain(0);
    throw error;
  }
};
