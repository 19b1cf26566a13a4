import { join } from 'node:path';
import {
  Actor,
  type ConsumerOptions,
  FaultProxy,
  freePort,
  Recorder,
  type SenderOptions,
} from '@charterbus/tooling/testing';
import { Client, ServerProcess } from '../../support/server-process.js';
import { Progress } from './progress.js';
import { ProcessClock } from './set-clock.js';

/** A server, and senders and consumers around it, all of them processes that the run owns and does things to. */
export class ServerRun implements AsyncDisposable {
  readonly directory: string;
  readonly data: string;
  readonly recorder: Recorder;
  readonly proxy: FaultProxy;
  readonly progress = new Progress();
  readonly #clock: ProcessClock;
  readonly #port: number;
  readonly #actors: Actor[] = [];
  readonly #tokens = new Map<string, string>();
  #server: ServerProcess;
  #hash = '';

  private constructor(directory: string, proxy: FaultProxy, port: number) {
    this.directory = directory;
    this.data = join(directory, 'data');
    this.recorder = new Recorder(directory, 'owner');
    this.proxy = proxy;
    this.#port = port;
    this.#clock = new ProcessClock(directory, this.recorder);
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

  send(options: Omit<SenderOptions, 'directory' | 'url' | 'token' | 'hash'>): Actor {
    return this.#begin('sender', { url: this.proxied, hash: this.#hash, ...options, ...this.#place(options.by) });
  }

  consume(agent: string, options: Omit<ConsumerOptions, 'directory' | 'url' | 'token'>): Actor {
    const url = options.unsure === true ? this.proxied : this.url;
    return this.#begin('consumer', { url, ...options, ...this.#place(agent) });
  }

  /** Resolves when so many more things were said by all. */
  more(count: number, what: string): Promise<void> {
    return this.progress.more(count, what);
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

  /** Sets the wall clock of the server, now and for each later start. */
  jump(milliseconds: number): Promise<void> {
    return this.#clock.jump(milliseconds, () => this.#server.signal('SIGUSR2'));
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

  #place(agent: string) {
    const token = this.#tokens.get(agent);
    if (token === undefined) throw new Error(`Nobody is called ${agent}.`);
    return { directory: this.directory, token };
  }

  #begin(role: 'sender' | 'consumer', options: SenderOptions | ConsumerOptions): Actor {
    const actor = Actor.remote(role, options, {
      owner: this.recorder,
      onProgress: () => this.progress.made(),
      onFailure: (error) => this.progress.fail(error),
    });
    this.#actors.push(actor);
    actor.start();
    return actor;
  }

  #serve(): ServerProcess {
    return ServerProcess.serve(this.data, {
      CHARTERBUS_PORT: String(this.#port),
      ...this.#clock.environment,
    });
  }
}
