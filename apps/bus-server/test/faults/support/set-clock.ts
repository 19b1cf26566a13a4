import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineMs, type Recorder } from '@charterbus/tooling/testing';

const script = fileURLToPath(new URL('jumping-clock.ts', import.meta.url));

/** How long a process may take until it has seen that its clock was set, in milliseconds. */
const patienceMs = 5000;

/** The wall clock of a process of this run, through all its lives. */
export class ProcessClock {
  readonly #file: string;
  readonly #recorder: Recorder;
  #offset = 0;

  constructor(directory: string, recorder: Recorder) {
    this.#file = join(directory, 'clock-offset');
    this.#recorder = recorder;
    writeFileSync(this.#file, '0');
  }

  /** For the process whose clock it is. */
  get environment(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${script}`, CHARTERBUS_CLOCK_OFFSET: this.#file };
  }

  /** Sets it; `notify` sends the process SIGUSR2. Resolves when it has seen it. */
  async jump(milliseconds: number, notify: () => void): Promise<void> {
    const from = machineMs();
    this.#offset += milliseconds;
    writeFileSync(this.#file, String(this.#offset));
    notify();
    while (readFileSync(`${this.#file}.seen`, 'utf8') !== String(this.#offset)) {
      if (machineMs() > from + patienceMs) throw new Error('The process does not see that its clock was set.');
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, 2);
      await promise;
    }
    this.#recorder.note({ kind: 'jumped', from, milliseconds });
  }
}
