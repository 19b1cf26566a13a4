import { type FSWatcher, watch } from 'node:fs';
import type { Timers } from '@charterbus/core-models';

export interface ChangeWatchOptions {
  /** A directory. */
  readonly path: string;
  /** What below it matters; default all. */
  readonly matters?: (name: string) => boolean;
  readonly recursive: boolean;
  readonly timers: Timers;
  /** How long nothing must have changed, so that what is being written is not read half way. */
  readonly settleMilliseconds: number;
  /** How long to wait at most for a word of the file system, since not all of them give one. */
  readonly recheckMilliseconds: number;
}

/** Watches from when it is made, so that no change between a look and the wait after it is missed. */
export class ChangeWatch implements Disposable {
  readonly #options: ChangeWatchOptions;
  readonly #watcher: FSWatcher;
  readonly #settled = Promise.withResolvers<undefined>();
  readonly #recheck: Disposable;
  #settling: Disposable | undefined;

  /** @throws Error where the path cannot be watched. */
  constructor(options: ChangeWatchOptions) {
    const { path, recursive, timers, recheckMilliseconds, matters = () => true } = options;
    this.#options = options;
    this.#watcher = watch(path, { recursive, persistent: false }, (_, name) => {
      if (name === null || matters(name)) this.#restart();
    });
    // Looking at once would be asking without end for a place that is gone; the look after a while tells.
    this.#watcher.on('error', () => undefined);
    this.#recheck = timers.after(recheckMilliseconds, () => {
      this.#settled.resolve(undefined);
    });
  }

  /** Resolves once after a change that nothing followed for a while; rejects with the signal's reason. */
  async settled(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const abort = (): void => {
      this.#settled.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#settled.promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether something changed since this was made. */
  get touched(): boolean {
    return this.#settling !== undefined;
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
    this.#settling?.[Symbol.dispose]();
    this.#recheck[Symbol.dispose]();
  }

  #restart(): void {
    const { timers, settleMilliseconds } = this.#options;
    this.#settling?.[Symbol.dispose]();
    this.#settling = timers.after(settleMilliseconds, () => {
      this.#settled.resolve(undefined);
    });
  }
}
