import { ended } from '@charterbus/recovery';

/** Does one work after the other, in the order they were asked for; one that fails does not keep the next from its turn. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    // Whoever asked is told of the failure; the next only waits for the end.
    this.#last = ended(done);
    return done;
  }
}
