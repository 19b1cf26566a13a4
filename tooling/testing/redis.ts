import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { redisServer } from './known-services.js';
import { locateService } from './require-service.js';

export interface RedisServerOptions {
  /** Directives of the configuration file as arguments, such as `'--appendonly', 'yes'`. Default: nothing is kept. */
  readonly args?: readonly string[];
  /** Where the program is. Default: as `redisServer` locates it. */
  readonly program?: string;
}

const host = '127.0.0.1';
const attempts = 20;
/** For the first answer after a start: it may load a large file. */
const startMs = 15_000;
const answerMs = 5000;

/** Below the ports that systems give to outgoing connections: a server that is down must find its port free again. */
const portBetween = [16_000, 32_000] as const;

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    // Whatever kept it from listening would keep Redis from it as well.
    return false;
  } finally {
    server.close();
  }
};

const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(...portBetween);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port was found for redis-server');
};

/** The first line of the answer to one command, on a connection of its own. */
const ask = async (port: number, ...parts: readonly string[]): Promise<string> => {
  const socket = connect({ port, host, timeout: answerMs });
  socket.on('timeout', () => socket.destroy(new Error('redis-server does not answer')));
  try {
    const bulk = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    socket.write(`*${parts.length}\r\n${bulk.join('')}`);
    let answer = '';
    for await (const bytes of socket) {
      answer += String(bytes);
      if (answer.includes('\r\n')) break;
    }
    return answer.slice(0, answer.indexOf('\r\n'));
  } finally {
    socket.destroy();
  }
};

/** A redis-server of a test's own: its port, its directory, its life. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  /** Its working directory: what it keeps, and its log. Removed when it is disposed of. */
  readonly directory: string;
  readonly #program: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;
  /** Servers must not outlive the tests, also not those of a test that was interrupted. */
  readonly #atExit = (): void => void this.#process?.kill('SIGKILL');

  private constructor(port: number, directory: string, program: string, args: readonly string[]) {
    this.port = port;
    this.directory = directory;
    this.#program = program;
    this.#args = args;
    process.on('exit', this.#atExit);
  }

  /** Starts one on a free port, and comes back when it answers. */
  static async start({ args = [], program = locateService(redisServer) }: RedisServerOptions): Promise<RedisServer> {
    if (program === undefined) throw new Error(`${redisServer.name} is missing: it ${redisServer.hint}`);
    const directory = await mkdtemp(join(tmpdir(), 'charterbus-redis-'));
    const server = new RedisServer(await freePort(), directory, program, args);
    try {
      await server.#start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `redis://${host}:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Changes one directive while it runs. */
  async configure(name: string, value: string): Promise<void> {
    const answer = await ask(this.port, 'CONFIG', 'SET', name, value);
    if (answer !== '+OK') throw new Error(`redis-server refused ${name} ${value}: ${answer}`);
  }

  /** Ends it: by default as a crash would, with `SIGTERM` as an operator would. Comes back when it is gone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    if (ending?.pid === undefined || hasEnded(ending)) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    // One that stands still would never end in order.
    ending.kill('SIGCONT');
    await ended;
  }

  /** Starts it again on the same port and directory, after `kill` or, where it runs, after an orderly end. */
  async restart(): Promise<void> {
    await this.kill('SIGTERM');
    await this.#start();
  }

  /** Stands still: connections stay open, nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#atExit);
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', host, '--dir', this.directory, '--logfile', 'redis.log'];
    const started = spawn(this.#program, [...own, '--save', '', '--appendonly', 'no', ...this.#args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = started;
    let failure: unknown;
    let said = '';
    started.on('error', (error) => (failure = error));
    started.stderr.on('data', (bytes) => (said += String(bytes)));
    const deadline = performance.now() + startMs;
    while (!hasEnded(started) && started.pid !== undefined && performance.now() < deadline) {
      try {
        const answer = await ask(this.port, 'PING');
        if (answer === '+PONG') return;
        failure = answer;
      } catch (error) {
        failure = error;
      }
      await setTimeout(5);
    }
    throw new Error(`redis-server did not start on port ${this.port}: ${said.trim()}`, { cause: failure });
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** A real redis-server that keeps nothing unless told to by its arguments. */
export const startRedis = (options: RedisServerOptions = {}): Promise<RedisServer> => RedisServer.start(options);
