import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Actor,
  type ConsumerOptions,
  FaultProxy,
  freePort,
  machineMs,
  Recorder,
  type SenderOptions,
} from '@charterbus/tooling/testing';
import { Client, ServerProcess } from '../../support/server-process.js';

/** How long nothing may move after everything is healed, in milliseconds: a wedge, not a slow machine. */
const wedgedMs = 45_000;

const clock = fileURLToPath(new URL('jumping-clock.mjs', import.meta.url));

/** A server, and senders and consumers around it, all of them processes that the run owns and does things to. */
export class ServerRun implements AsyncDisposable {
  readonly directory: string;
  readonly data: string;
  readonly recorder: Recorder;
  readonly proxy: FaultProxy;
  readonly #port: number;
  readonly #actors: Actor[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #tokens = new Map<string, string>();
  #server: ServerProcess;
  #hash = '';
  #offset = 0;

  private constructor(directory: string, proxy: FaultProxy, port: number) {
    this.directory = directory;
    this.data = join(directory, 'data');
    this.recorder = new Recorder(directory, 'owner');
    this.proxy = proxy;
    this.#port = port;
    writeFileSync(this.#offsetFile, '0');
    this.#server = this.#serve();
  }

  static async start(directory: string, agents: readonly string[]): Promise<ServerRun> {
    const port = await freePort();
    const run = new ServerRun(directory, await FaultProxy.start(port), port);
    const operator = Client.operator(await run.#server.url, run.data);
    const { body } = await operator.ask('GET', '/v1/constitution');
    run.#hash = String(body['shortHash']);
    for (const id of agents) {
      const registered = await operator.ask('POST', '/v1/agents', { id, tenant: 'acme' });
      run.#tokens.set(id, String(registered.body['token']));
    }
    return run;
  }

  /** Of the agents that are there, by their ids. */
  get tokens(): ReadonlyMap<string, string> {
    return this.#tokens;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get proxied(): string {
    return `http://127.0.0.1:${this.proxy.port}`;
  }

  get server(): ServerProcess {
    return this.#server;
  }

  get operator(): Client {
    return Client.operator(this.url, this.data);
  }

  get actors(): readonly Actor[] {
    return this.#actors;
  }

  get progress(): number {
    return this.#actors.reduce((sum, { progress }) => sum + progress, 0);
  }

  send(options: Omit<SenderOptions, 'directory' | 'url' | 'token' | 'hash'>): Actor {
    return this.#begin('sender', { url: this.proxied, hash: this.#hash, ...options, ...this.#place(options.by) });
  }

  consume(agent: string, options: Omit<ConsumerOptions, 'directory' | 'url' | 'token'>): Actor {
    const url = options.unsure === true ? this.proxied : this.url;
    return this.#begin('consumer', { url, ...options, ...this.#place(agent) });
  }

  /** Resolves when the condition holds; it is looked at whenever somebody says something. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (condition()) resolve();
    };
    const deadline = setTimeout(() => reject(new Error(`Nothing moves any more: ${what}.`)), wedgedMs);
    this.#watchers.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
      this.#watchers.delete(look);
    }
  }

  /** Resolves when so many more things were said by all. */
  more(count: number, what: string): Promise<void> {
    const wanted = this.progress + count;
    return this.until(() => this.progress >= wanted, what);
  }

  async killServer(): Promise<void> {
    this.#server.signal('SIGKILL');
    await this.#server.ended;
    this.recorder.note({ kind: 'ended', process: 'server' });
  }

  async startServer(): Promise<void> {
    this.#server = this.#serve();
    await this.#server.url;
  }

  /** Sets the wall clock of the server, now and after each later start. */
  jump(milliseconds: number): void {
    const from = machineMs();
    this.#offset += milliseconds;
    writeFileSync(this.#offsetFile, String(this.#offset));
    this.#server.signal('SIGUSR2');
    this.recorder.note({ kind: 'jumped', from, milliseconds });
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.kill()));
    await this.killServer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.kill()));
    await this.#server[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }

  get #offsetFile(): string {
    return join(this.directory, 'clock-offset');
  }

  #place(agent: string) {
    const token = this.#tokens.get(agent);
    if (token === undefined) throw new Error(`Nobody is called ${agent}.`);
    return { directory: this.directory, token };
  }

  #begin(role: 'sender' | 'consumer', options: SenderOptions | ConsumerOptions): Actor {
    const actor = new Actor(role, options, this.recorder, () => {
      for (const look of this.#watchers) look();
    });
    this.#actors.push(actor);
    actor.start();
    return actor;
  }

  #serve(): ServerProcess {
    return ServerProcess.serve(this.data, {
      CHARTERBUS_PORT: String(this.#port),
      NODE_OPTIONS: `--import=${clock}`,
      CHARTERBUS_CLOCK_OFFSET: this.#offsetFile,
    });
  }
}
