export interface EventStreamOptions {
  /** How many events may wait to be taken; beyond them the oldest are dropped. Default 100. */
  readonly most?: number;
}

const defaultMost = 100;

/** Events in their order, for one reader. Ends by disposal, `break`, or the signal; what waits is still given after a disposal. */
export class EventStream<T> implements AsyncIterableIterator<T, undefined>, Disposable {
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: () => void;
  readonly #waiting: T[] = [];
  readonly #takers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #dropped = 0;
  #ended = false;

  constructor({ most = defaultMost }: EventStreamOptions, signal: AbortSignal | undefined, onEnd: () => void) {
    if (!(Number.isSafeInteger(most) && most > 0)) throw new RangeError('A stream keeps one event or more.');
    this.#most = most;
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal?.aborted === true) this.#ended = true;
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** How many events were lost because nobody took them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @internal */
  push(event: T): void {
    if (this.#ended) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker({ done: false, value: event });
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length <= this.#most) return;
    this.#waiting.shift();
    this.#dropped += 1;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const [value] = this.#waiting;
    if (this.#waiting.length > 0) {
      this.#waiting.shift();
      return Promise.resolve({ done: false, value: value as T });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const { promise, resolve } = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#takers.push(resolve);
    return promise;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#onEnd();
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    this.#waiting.length = 0;
    this[Symbol.dispose]();
  };
}
