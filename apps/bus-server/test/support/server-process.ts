import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const commandLine = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A directory of a test's own, gone with it. */
export const scratchDirectory = (): Disposable & { readonly path: string } => {
  const path = mkdtempSync(join(tmpdir(), 'charterbus-server-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built command line in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #listening = Promise.withResolvers<{ readonly url: string } | { readonly ended: string }>();
  #readers: (() => void)[] = [];
  #hasEnded = false;
  #output = '';
  #errors = '';

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [commandLine, ...args], {
      env: { PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
      for (const told of this.#readers.splice(0)) told();
    });
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#child.on('close', (code, signal) => {
      resolve({ code, signal });
      this.#hasEnded = true;
      for (const told of this.#readers.splice(0)) told();
      this.#listening.resolve({ ended: `It ended with ${String(code ?? signal)}: ${this.#errors}` });
    });
    this.ended = promise;
  }

  /** A server on a free port over the directory. */
  static serve(dataDirectory: string, environment: Readonly<Record<string, string>> = {}): ServerProcess {
    return new ServerProcess(['serve'], { CHARTERBUS_PORT: '0', CHARTERBUS_DATA_DIR: dataDirectory, ...environment });
  }

  /** The address, once it listens. */
  get url(): Promise<string> {
    return this.#listening.promise.then((start) => {
      if ('url' in start) return start.url;
      throw new Error(start.ended);
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves once its errors hold so many lines with these words. */
  async logged(words: string, count = 1): Promise<void> {
    while (this.#errors.split('\n').filter((line) => line.includes(words)).length < count) {
      if (this.#hasEnded) throw new Error(`It ended without ${words}: ${this.#errors}`);
      await new Promise<void>((resolve) => {
        this.#readers.push(resolve);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Nobody reads its output any more. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #read(text: string): void {
    this.#output += text;
    const url = /listening at (\S+) /.exec(this.#output)?.[1];
    if (url !== undefined) this.#listening.resolve({ url });
  }
}

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A client of one address and one token. */
export class Client {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static operator(url: string, dataDirectory: string): Client {
    return new Client(url, readFileSync(join(dataDirectory, 'operator.token'), 'utf8').trim());
  }

  ask(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.#send(method, path, body === undefined ? undefined : JSON.stringify(body), 'application/json');
  }

  /** Bytes as they are. */
  post(path: string, bytes: Uint8Array, type: string): Promise<Reply> {
    return this.#send('POST', path, Uint8Array.from(bytes), type);
  }

  async #send(
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    type: string,
  ): Promise<Reply> {
    const reply = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  /** The same token at another address. */
  at(url: string): Client {
    return new Client(url, this.#token);
  }

  /** Registers an agent and speaks as it. */
  async agent(draft: { readonly id: string; readonly tenant: string }): Promise<Client> {
    const { body } = await this.ask('POST', '/v1/agents', draft);
    return new Client(this.#url, String(body['token']));
  }
}
