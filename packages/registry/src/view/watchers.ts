import type { RegistryChange } from '../agents.js';
import { type ChangeStream, type ChangeStreamOptions, QueuedChanges } from './change-stream.js';

type Watcher = (change: RegistryChange) => void;

/** Who is told of changes. What one of them throws reaches no other. */
export class Watchers {
  readonly #watchers = new Set<{ readonly call: Watcher }>();
  readonly #streams = new Set<QueuedChanges>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: Watcher): Disposable {
    const watcher = { call: listener };
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  stream(options: ChangeStreamOptions, signal: AbortSignal | undefined): ChangeStream {
    const stream = new QueuedChanges(options, signal);
    this.#streams.add(stream);
    stream.use({ [Symbol.dispose]: () => void this.#streams.delete(stream) });
    return stream;
  }

  tell(change: RegistryChange): void {
    Object.freeze(change);
    // Copies: who begins to watch meanwhile is told of later changes only.
    for (const stream of Array.from(this.#streams)) stream.push(change);
    for (const watcher of Array.from(this.#watchers)) {
      try {
        watcher.call(change);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Nothing more will come: streams end when what waits is read. */
  clear(): void {
    this.#watchers.clear();
    for (const stream of Array.from(this.#streams)) stream[Symbol.dispose]();
  }
}
