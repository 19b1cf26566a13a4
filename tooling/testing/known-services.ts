import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Service } from './service.js';

/** Open Policy Agent. */
export const opa: Service = {
  name: 'opa',
  hint: 'is taken from OPA_BIN or the PATH',
  locate: (environment) => named(environment['OPA_BIN']) ?? onPath('opa', environment['PATH']),
};

/** Redis, started by the tests themselves on a free port. */
export const redisServer: Service = {
  name: 'redis-server',
  hint: 'is taken from REDIS_SERVER_BIN or the PATH',
  locate: (environment) => named(environment['REDIS_SERVER_BIN']) ?? onPath('redis-server', environment['PATH']),
};

/** NATS, started by benches on a free port. */
export const natsServer: Service = {
  name: 'nats-server',
  hint: 'is taken from NATS_SERVER_BIN or the PATH',
  locate: (environment) => named(environment['NATS_SERVER_BIN']) ?? onPath('nats-server', environment['PATH']),
};

/** A browser of the Chromium family, for playwright-core. */
export const chromium: Service = {
  name: 'chromium',
  hint: 'is taken from CHROMIUM_BIN or the PATH',
  locate: (environment) =>
    named(environment['CHROMIUM_BIN']) ??
    ['chromium-headless-shell', 'chromium', 'google-chrome']
      .map((program) => onPath(program, environment['PATH']))
      .find((path) => path !== undefined),
};

/** Tells which bytes a process writes and syncs, for tests of a loss of power. */
export const strace: Service = {
  name: 'strace',
  hint: 'is taken from STRACE_BIN or the PATH',
  locate: (environment) => named(environment['STRACE_BIN']) ?? onPath('strace', environment['PATH']),
};

/** The recorded airline conversations: the directory that holds `trajectories.jsonl`. */
export const airlineData: Service = {
  name: 'airline data',
  hint: 'is the directory named by CHARTERBUS_AIRLINE_DATA',
  locate: (environment) => named(environment['CHARTERBUS_AIRLINE_DATA'], constants.R_OK),
};

function named(path: string | undefined, mode = constants.X_OK): string | undefined {
  return path !== undefined && path !== '' && accessible(path, mode) ? path : undefined;
}

function onPath(program: string, path = ''): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, program))
    .find((candidate) => accessible(candidate, constants.X_OK));
}

function accessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
