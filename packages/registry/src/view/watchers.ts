import type { RegistryChange } from '../registry.js';

type Watcher = (change: RegistryChange) => void;

/** Who is told of changes. What one of them throws reaches no other. */
export class Watchers {
  readonly #watchers = new Set<{ readonly call: Watcher }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: Watcher): Disposable {
    const watcher = { call: listener };
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  tell(change: RegistryChange): void {
    Object.freeze(change);
    // A copy: who begins to watch meanwhile is told of later changes only.
    for (const watcher of Array.from(this.#watchers)) {
      try {
        watcher.call(change);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  clear(): void {
    this.#watchers.clear();
  }
}
