import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Recorder } from '../history/recorder.js';
import type { ConsumerOptions, SenderOptions } from './options.js';

/** What its process is told, as JSON: some of it is everybody's. */
export interface ActorOptions {
  readonly by: string;
  readonly seed: number;
}

/** Who is told of it. */
export interface ActorWatch {
  readonly owner: Recorder;
  readonly onProgress: () => void;
  readonly onFailure: (error: Error) => void;
}

type Remote = SenderOptions | ConsumerOptions;

/** A sender, a consumer or something of a test's own in a process that may be killed and started again, and whose progress is counted. */
export class Actor {
  readonly name: string;
  readonly #script: string;
  readonly #options: ActorOptions;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #watch: ActorWatch;
  #process: ChildProcessByStdio<Writable, Readable, null> | undefined;
  #starts = 0;
  /** Set while it is to be killed or ended; whoever ends otherwise is started again. */
  #leaving = false;
  /** Lines that it said so far, in all its lives. */
  progress = 0;
  /** Of these, how many were of one word, such as `settled`. */
  readonly #said = new Map<string, number>();

  /** @param script gets the options as its one argument; its input ends when it is to finish. */
  constructor(script: URL, options: ActorOptions, watch: ActorWatch, environment: NodeJS.ProcessEnv = {}) {
    this.name = options.by;
    this.#script = fileURLToPath(script);
    this.#options = options;
    this.#environment = { ...process.env, ...environment };
    this.#watch = watch;
  }

  static remote(role: 'sender' | 'consumer', options: Remote, watch: ActorWatch): Actor {
    return new Actor(new URL(`${role}.ts`, import.meta.url), options, watch);
  }

  said(word: string): number {
    return this.#said.get(word) ?? 0;
  }

  start(): void {
    this.#leaving = false;
    const options = { ...this.#options, seed: this.#options.seed + 1000 * this.#starts++ };
    const child = spawn(process.execPath, [this.#script, JSON.stringify(options)], {
      env: this.#environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    createInterface(child.stdout).on('line', (word) => {
      this.progress += 1;
      this.#said.set(word, this.said(word) + 1);
      this.#watch.onProgress();
    });
    child.once('exit', (code, signal) => {
      this.#watch.owner.note({ kind: 'ended', process: this.name });
      if (this.#leaving) return;
      // Of a poisonous message it kills itself; any other end is an error of its own, which it has told.
      if (signal === 'SIGKILL') this.start();
      else this.#watch.onFailure(new Error(`${this.name} ended by itself (${signal ?? code}).`));
    });
    this.#process = child;
  }

  async kill(): Promise<void> {
    this.#leaving = true;
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#process?.kill(signal);
  }

  /** Lets it finish what it has begun. */
  async end(): Promise<void> {
    this.#leaving = true;
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  }
}
