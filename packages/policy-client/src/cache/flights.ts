/** A question that is under way, for all who ask the same. */
interface Flight {
  readonly stop: AbortController;
  readonly answer: Promise<unknown>;
  waiting: number;
}

/**
 * Asks an engine that answers later once for all who ask the same at the same time. Whoever stops waiting is denied alone;
 * the engine is stopped when nobody waits any more.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** Waits for the answer to a question that is under way. */
  join(key: string, signal: AbortSignal): Promise<unknown> | undefined {
    const flight = this.#flights.get(key);
    return flight === undefined ? undefined : this.#wait(key, flight, signal);
  }

  /** Waits for an answer that has just been asked for; `stop` ends the asking. */
  begin(key: string, answer: Promise<unknown>, stop: AbortController, signal: AbortSignal): Promise<unknown> {
    const flight: Flight = { answer, stop, waiting: 0 };
    this.#flights.set(key, flight);
    const land = (): void => this.#land(key, flight);
    answer.then(land, land);
    return this.#wait(key, flight, signal);
  }

  #land(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  #wait(key: string, flight: Flight, signal: AbortSignal): Promise<unknown> {
    flight.waiting += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const leave = (): void => {
      signal.removeEventListener('abort', leave);
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#land(key, flight);
        flight.stop.abort(signal.reason);
      }
      reject(signal.reason);
    };
    flight.answer.then(
      (answer) => {
        signal.removeEventListener('abort', leave);
        resolve(answer);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', leave);
        reject(error);
      },
    );
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return promise;
  }
}
