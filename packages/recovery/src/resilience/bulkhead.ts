import { OperationError } from '@charterbus/core-models';
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { parsePolicy, resiliencePolicySchema } from './policy.js';
import { unlessAborted } from './unless-aborted.js';

export interface BulkheadOptions {
  /** For errors. */
  readonly name: string;
  /** Under way at a time. */
  readonly concurrent: number;
  /** Waiting for their turn; whoever comes beyond them is refused. Default 0. */
  readonly queued?: number;
}

/** So many calls at a time, so many waiting, the rest refused at once. */
export class Bulkhead {
  readonly #name: string;
  readonly #policy: ReturnType<typeof bulkhead>;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor({ name, ...limits }: BulkheadOptions) {
    const parsed = parsePolicy(resiliencePolicySchema.shape.bulkhead.unwrap(), limits, `the bulkhead ${name}`);
    this.#name = name;
    this.#policy = bulkhead(parsed.concurrent, parsed.queued);
  }

  /**
   * Does the work in its turn. An abort ends the wait at once; whoever waited is not called then.
   *
   * @throws OperationError `BULKHEAD_FULL`; the signal's reason; whatever the work throws.
   */
  async execute<T>(work: () => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    try {
      const done = this.#policy.execute(() => work(), signal);
      return await (signal === undefined ? done : unlessAborted(done, signal));
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      const message = `Too many calls of ${this.#name} are under way.`;
      throw new OperationError('BULKHEAD_FULL', message, { cause: error, details: { bulkhead: this.#name } });
    }
  }
}
