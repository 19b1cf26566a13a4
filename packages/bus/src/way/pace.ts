/** Messages that are begun before whoever waits outside of them gets a turn: at most about ten milliseconds' worth. */
const messagesPerTurn = 128;

const settled = Promise.resolve();

/**
 * Where everything answers at once, one message may lead to the next without end, and neither timers nor sockets would ever
 * get their turn. So now and then work begins after theirs.
 */
export class Pace {
  #left = messagesPerTurn;

  /** A message is about to be begun. */
  spend(): void {
    this.#left -= 1;
  }

  /** Begins the work with the next turn: of the promises, or where enough was done, of the event loop. */
  next(work: () => void): void {
    if (this.#left > 0) {
      void settled.then(work);
      return;
    }
    setImmediate(() => {
      this.#left = messagesPerTurn;
      work();
    });
  }
}
