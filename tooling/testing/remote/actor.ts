import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Recorder } from '../history/recorder.js';
import type { ConsumerOptions, SenderOptions } from './options.js';

type Options = SenderOptions | ConsumerOptions;

/** A sender or a consumer in a process that may be killed and started again, and whose progress is counted. */
export class Actor {
  readonly name: string;
  readonly #script: string;
  readonly #options: Options;
  readonly #owner: Recorder;
  readonly #onProgress: () => void;
  #process: ChildProcessByStdio<Writable, Readable, null> | undefined;
  #starts = 0;
  /** Set while it is to be killed or ended; whoever ends otherwise is started again. */
  #leaving = false;
  /** Lines that it said so far, in all its lives. */
  progress = 0;

  constructor(role: 'sender' | 'consumer', options: Options, owner: Recorder, onProgress: () => void) {
    this.name = options.by;
    this.#script = fileURLToPath(new URL(`${role}.ts`, import.meta.url));
    this.#options = options;
    this.#owner = owner;
    this.#onProgress = onProgress;
  }

  start(): void {
    this.#leaving = false;
    const options = { ...this.#options, seed: this.#options.seed + 1000 * this.#starts++ };
    const child = spawn(process.execPath, [this.#script, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    createInterface(child.stdout).on('line', () => {
      this.progress += 1;
      this.#onProgress();
    });
    // It may die by itself: of a poisonous message.
    child.once('exit', () => {
      this.#owner.note({ kind: 'ended', process: this.name });
      if (!this.#leaving) this.start();
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

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
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
