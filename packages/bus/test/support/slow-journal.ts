import type { JournalWrite } from '../../src/broker/journal.js';
import { FailingJournal } from './failing-journal.js';

/** Commits after a few turns of the microtask queue, in order as a disk does. */
export class SlowJournal extends FailingJournal {
  #last: Promise<unknown> = Promise.resolve();
  readonly #pause: () => Promise<void>;

  constructor(pause: () => Promise<void>) {
    super();
    this.#pause = pause;
  }

  override write(write: JournalWrite): Promise<number> {
    const written = this.#last.then(() => this.#pause()).then(() => super.write(write));
    this.#last = written.catch(() => undefined);
    return written;
  }
}
