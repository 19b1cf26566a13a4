import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from './events.js';

type Without<Event, Keys extends PropertyKey> = Event extends unknown ? Omit<Event, Keys> : never;

/** An event without what the recorder adds; `from` is its own moment where it is left out. */
export type Recorded = Without<HistoryEvent, 'by' | 'from' | 'at'> & { readonly from?: number };

/** Milliseconds of the machine's clock that nobody sets; on Linux the same in every process. */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

/** Writes what one process did and saw, each event at once and whole: what was written before a kill is there. */
export class Recorder {
  readonly #file: number;
  readonly #by: string;

  /** @param directory of the run; each process has a file of its own in it. */
  constructor(directory: string, by: string) {
    this.#file = openSync(join(directory, `${by}-${process.pid}.history`), 'a');
    this.#by = by;
  }

  note(event: Recorded): void {
    const at = machineMs();
    writeSync(this.#file, `${JSON.stringify({ by: this.#by, from: at, ...event, at })}\n`);
  }
}
