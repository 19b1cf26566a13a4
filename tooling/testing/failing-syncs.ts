import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Makes every sync of a process that runs fail with EIO, as a disk does that is going, until it is told to stop. */
export class FailingSyncsOf {
  readonly #tracer: ChildProcessByStdio<null, null, Readable>;

  private constructor(tracer: ChildProcessByStdio<null, null, Readable>) {
    this.#tracer = tracer;
  }

  /** Nothing where strace may not look at a process that it did not start. */
  static async attach(strace: string, pid: number): Promise<FailingSyncsOf | undefined> {
    const arguments_ = ['-f', '-o', '/dev/null', '-etrace=fsync,fdatasync', '-einject=fsync,fdatasync:error=EIO'];
    const tracer = spawn(strace, [...arguments_, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const line of createInterface(tracer.stderr)) {
      if (line.includes(`Process ${pid} attached`)) return new FailingSyncsOf(tracer);
    }
    return undefined;
  }

  /** The disk is well again. Idempotent. */
  async stop(): Promise<void> {
    if (this.#tracer.exitCode !== null || this.#tracer.signalCode !== null) return;
    const exit = once(this.#tracer, 'exit');
    this.#tracer.kill('SIGINT');
    await exit;
  }
}
