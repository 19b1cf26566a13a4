import { type BackgroundErrorListener, tellFailure } from '../background/warn.js';
import { EventStream, type EventStreamOptions } from './event-stream.js';

/** Who is told of events. What one of them throws is reported, and reaches no other. */
export class Listeners<T> {
  readonly #task: string;
  readonly #onError: BackgroundErrorListener;
  readonly #listeners = new Set<{ readonly call: (event: T) => void }>();
  readonly #streams = new Set<EventStream<T>>();

  /** @param task what failures of listeners are reported as. */
  constructor(task: string, onError: BackgroundErrorListener) {
    this.#task = task;
    this.#onError = onError;
  }

  watch(listener: (event: T) => void): Disposable {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  }

  /** Events from now on. A stream that nobody takes from loses its oldest ones, and counts them. */
  stream(options: EventStreamOptions, signal: AbortSignal | undefined): EventStream<T> {
    const stream = new EventStream<T>(options, signal, () => this.#streams.delete(stream));
    if (signal?.aborted !== true) this.#streams.add(stream);
    return stream;
  }

  tell(event: T): void {
    // Copies: who begins to watch meanwhile is told of later events only.
    for (const stream of Array.from(this.#streams)) stream.push(event);
    for (const listener of Array.from(this.#listeners)) {
      try {
        listener.call(event);
      } catch (error) {
        tellFailure(this.#onError, this.#task, error);
      }
    }
  }

  /** Nothing more will come: streams end when what waits in them is taken. */
  clear(): void {
    this.#listeners.clear();
    for (const stream of Array.from(this.#streams)) stream[Symbol.dispose]();
  }
}
