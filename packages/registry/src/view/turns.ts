import { OperationError } from '@charterbus/core-models';

const aborted = (signal: AbortSignal): OperationError =>
  new OperationError('ABORTED', 'The caller aborted.', { cause: signal.reason });

/** @throws OperationError `ABORTED` */
export const throwIfAborted = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted === true) throw aborted(signal);
};

/** Waits for a promise, or for the abort, whichever comes first. */
export const orAborted = async <Result>(promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> => {
  throwIfAborted(signal);
  if (signal === undefined) return promise;
  const abort = Promise.withResolvers<never>();
  const onAbort = (): void => abort.reject(aborted(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** One change of a key at a time: who comes second sees what the first one left. */
export class Turns {
  readonly #taken = new Map<string, Promise<void>>();

  /** Turns that are taken now. */
  get taken(): number {
    return this.#taken.size;
  }

  /**
   * Runs `change` when no other change of the key is under way. An abort ends the waiting, not the change.
   *
   * @throws OperationError `ABORTED`
   */
  async run<Result>(key: string, change: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    for (let before = this.#taken.get(key); before !== undefined; before = this.#taken.get(key)) {
      await orAborted(before, signal);
    }
    throwIfAborted(signal);
    const turn = Promise.withResolvers<void>();
    this.#taken.set(key, turn.promise);
    try {
      return await change();
    } finally {
      this.#taken.delete(key);
      turn.resolve();
    }
  }

  /** Resolves when every turn that is taken now has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#taken.values());
  }
}
