import { StoreError } from '@charterbus/core-models';
import type { RegistryChange } from '../agents.js';
import { throwIfAborted } from './turns.js';

export interface ChangeStreamOptions {
  /** Changes that may wait for the reader. Default 1000. */
  readonly capacity?: number;
}

/** The changes of a registry, one after the other, for one reader. */
export interface ChangeStream extends AsyncIterableIterator<RegistryChange, undefined>, Disposable {}

const defaultCapacity = 1000;

/** Changes that wait for one reader: more than the capacity, and the stream ends with an error rather than with a gap. */
export class QueuedChanges implements ChangeStream {
  readonly #capacity: number;
  readonly #cleanup = new DisposableStack();
  readonly #signal: AbortSignal | undefined;
  #queue: RegistryChange[] = [];
  #failure: StoreError | undefined;
  #isEnded = false;
  #wake: PromiseWithResolvers<void> | undefined;

  constructor({ capacity = defaultCapacity }: ChangeStreamOptions, signal: AbortSignal | undefined) {
    this.#capacity = capacity;
    this.#signal = signal;
    const onAbort = (): void => this[Symbol.dispose]();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#cleanup.defer(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Disposed of together with the stream. */
  use(watch: Disposable): void {
    this.#cleanup.use(watch);
  }

  push(change: RegistryChange): void {
    if (this.#isEnded) return;
    this.#queue.push(change);
    if (this.#queue.length > this.#capacity) {
      this.#queue = [];
      this.#failure = new StoreError('REGISTRY_STALE', 'Too many changes wait for their reader: list the agents anew.');
      this[Symbol.dispose]();
    }
    this.#wake?.resolve();
  }

  /** @throws StoreError `REGISTRY_STALE`; OperationError `ABORTED`. */
  async next(): Promise<IteratorResult<RegistryChange, undefined>> {
    for (;;) {
      throwIfAborted(this.#signal);
      const change = this.#queue.shift();
      if (change !== undefined) return { done: false, value: change };
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isEnded) return { done: true, value: undefined };
      this.#wake ??= Promise.withResolvers<void>();
      await this.#wake.promise;
      this.#wake = undefined;
    }
  }

  async return(): Promise<IteratorResult<RegistryChange, undefined>> {
    this[Symbol.dispose]();
    this.#queue = [];
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#cleanup.dispose();
    this.#wake?.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }
}
