import type { DrainReport } from '@charterbus/bus';
import type { Logger } from 'pino';
import { exitCodes } from '../commands/failure.js';
import type { Terminal } from '../commands/terminal.js';
import type { RunningServer } from './start-server.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

const leftOver = ({ queued, leased, held, clean }: DrainReport): string => {
  const late = clean ? '' : '; not everything ended in time';
  return `Charterbus has stopped: ${queued} queued, ${leased} leased and ${held} held stay for the next start${late}.`;
};

const endAtOnce = (logger: Logger, words: string) => (error: unknown) => {
  logger.fatal({ err: error }, words);
  process.exit(exitCodes.unexpected);
};

/** The first signal resolves; a second, while the server drains, ends the process at once. */
const firstSignal = (): Promise<NodeJS.Signals> => {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(exitCodes.impatient);
    stopping = true;
    resolve(signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return promise;
};

/** Waits for a signal, drains, says what was left. @returns the exit code. */
export const runUntilStopped = async (server: RunningServer, logger: Logger, terminal: Terminal): Promise<number> => {
  process.on('uncaughtException', endAtOnce(logger, 'uncaught exception'));
  process.on('unhandledRejection', endAtOnce(logger, 'unhandled rejection'));
  const signal = await firstSignal();
  terminal.print(`${signal}: draining.`);
  const report = await server.drain();
  terminal.print(leftOver(report));
  return exitCodes.done;
};
