import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { opa } from './known-services.js';
import { locateService } from './require-service.js';

const execute = promisify(execFile);

/** How long a server may take until it is healthy, and how often it is asked. */
const patience = { milliseconds: 15_000, pause: 20 };

/** The program, or nothing where this machine does not have it: for `beforeAll`, beside `requireService` in `beforeEach`. */
export const opaBinary = (): string | undefined => locateService(opa);

/** What a call of the program prints; rejects with what it printed as an error where it fails. */
export const runOpa = async (binary: string, args: readonly string[], directory?: string): Promise<string> => {
  const options = directory === undefined ? {} : { cwd: directory };
  return (await execute(binary, [...args], { ...options, maxBuffer: 64 * 2 ** 20 })).stdout;
};

export interface OpaOptions {
  /** Default: the one that `opaBinary` finds. */
  readonly binary?: string;
  /** Bundles, files and settings, as `opa run --server` takes them. */
  readonly args?: readonly string[];
  /** Where it runs, for relative paths. */
  readonly directory?: string;
  /** Asked until it answers 200. Default `/health`; `/health?bundles` waits for bundles. */
  readonly health?: string;
  /** A bearer token that the server's own authorisation wants to see. */
  readonly token?: string;
}

/** A port that was free just now. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
};

/** A real OPA on a port of its own, for as long as a test wants it. */
export class OpaServer implements AsyncDisposable {
  readonly url: string;
  readonly #port: number;
  readonly #options: OpaOptions;
  #process: ChildProcess | undefined;
  #said = '';

  constructor(port: number, options: OpaOptions) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#options = options;
  }

  /** Starts it, again after `kill` at the same address, and waits until it is healthy. */
  async start(): Promise<void> {
    const { binary = opaBinary(), args = [], directory } = this.#options;
    if (binary === undefined) throw new Error(`opa ${opa.hint}`);
    const flags = ['--server', '--addr', `127.0.0.1:${this.#port}`, '--log-level', 'error', '--disable-telemetry'];
    const started = spawn(binary, ['run', ...flags, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: directory,
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (piece: Buffer) => {
        this.#said = (this.#said + piece.toString()).slice(-4_000);
      });
    }
    this.#process = started;
    await this.#healthy(started);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #healthy(started: ChildProcess): Promise<void> {
    const { health = '/health', token } = this.#options;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    for (const end = Date.now() + patience.milliseconds; Date.now() < end; await pause(patience.pause)) {
      if (started.exitCode !== null || started.signalCode !== null) break;
      const answer = await fetch(this.url + health, { headers }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 200) return;
    }
    await this.kill();
    throw new Error(`OPA did not become healthy: ${this.#said}`);
  }
}

/** Starts a real OPA on a free port and waits until it is healthy; dispose of it, or kill it. */
export const startOpa = async (options: OpaOptions = {}): Promise<OpaServer> => {
  const server = new OpaServer(await freePort(), options);
  await server.start();
  return server;
};
