import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { natsServer } from './known-services.js';
import { freePort } from './opa.js';
import { locateService } from './require-service.js';

/** Of the program that would be started; nothing where there is none. */
export const natsVersion = (program = locateService(natsServer)): readonly number[] | undefined => {
  if (program === undefined) return undefined;
  const [, ...parts] = /v(\d+)\.(\d+)\.(\d+)/.exec(execFileSync(program, ['--version']).toString()) ?? [];
  return parts.map(Number);
};

/** A nats-server with JetStream of a bench's own: its port, its directory, its life. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, process: ChildProcess, directory: string) {
    this.port = port;
    this.#process = process;
    this.#directory = directory;
  }

  /** @param syncsEachWrite from 2.10 on; else the server syncs every two minutes. */
  static async start({ syncsEachWrite = false } = {}): Promise<NatsServer> {
    const program = locateService(natsServer);
    if (program === undefined) throw new Error(`${natsServer.name} is missing: it ${natsServer.hint}`);
    const directory = await mkdtemp(join(tmpdir(), 'charterbus-nats-'));
    const port = await freePort();
    const sync = syncsEachWrite ? ', sync_interval: always' : '';
    await writeFile(join(directory, 'nats.conf'), `jetstream { store_dir: ${JSON.stringify(directory)}${sync} }\n`);
    const started = spawn(program, ['-c', join(directory, 'nats.conf'), '-a', '127.0.0.1', '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const server = new NatsServer(port, started, directory);
    process.once('exit', () => started.kill('SIGKILL'));
    const said: string[] = [];
    for await (const line of createInterface(started.stderr)) {
      said.push(line);
      if (line.includes('Server is ready')) break;
    }
    if (started.exitCode === null && said.at(-1)?.includes('Server is ready') === true) return server;
    await server[Symbol.asyncDispose]();
    throw new Error(`nats-server did not start: ${said.join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
