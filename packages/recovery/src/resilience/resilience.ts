import { CharterbusError, OperationError, type RandomSource, systemRandom } from '@charterbus/core-models';
import {
  DelegateBackoff,
  handleWhen,
  type IRetryBackoffContext,
  type RetryPolicy,
  retry,
  TaskCancelledError,
  type TimeoutPolicy,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { backoffMs } from './backoff.js';
import { Bulkhead } from './bulkhead.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { parsePolicy, type ResiliencePolicy, resiliencePolicySchema } from './policy.js';
import { unlessAborted } from './unless-aborted.js';

export interface ResilienceOptions {
  /** Of the breaker, and in errors. */
  readonly name: string;
  readonly policy: ResiliencePolicy;
  /** Where the breaker is listed. Default: nowhere. */
  readonly breakers?: CircuitBreakers;
  /** Which errors count for the breaker, and are worth another attempt. Default: all. */
  readonly counts?: (error: unknown) => boolean;
  readonly random?: RandomSource;
}

/** What refused without trying has said all there is to say for now. */
const isRefusal = (error: unknown): boolean =>
  CharterbusError.isInstance(error) && (error.code === 'CIRCUIT_OPEN' || error.code === 'BULKHEAD_FULL');

type Parsed = ReturnType<typeof resiliencePolicySchema.parse>;

const retryOf = (
  { retry: policy }: Parsed,
  counts: (error: unknown) => boolean,
  random: RandomSource,
): RetryPolicy | undefined => {
  if (policy === undefined) return undefined;
  const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, number>(
    ({ attempt }, state = policy.initialMs) => {
      const delay = backoffMs(policy, attempt, random, state);
      return { delay, state: delay };
    },
  );
  const worthIt = handleWhen((error) => !isRefusal(error) && counts(error));
  return retry(worthIt, { maxAttempts: policy.attempts - 1, backoff });
};

/**
 * One policy around calls: attempts with waits between them; each of them takes its place in the bulkhead, passes the breaker
 * and has its time. cockatiel does the waiting and takes no clock, so tests of this use fake timers; unlike the timers of other
 * parts, its keep the process alive, for somebody waits.
 */
export class Resilience implements Disposable {
  readonly breaker: CircuitBreaker | undefined;
  readonly #name: string;
  readonly #timeoutMs: number | undefined;
  readonly #retry: RetryPolicy | undefined;
  readonly #bulkhead: Bulkhead | undefined;
  readonly #timeout: TimeoutPolicy | undefined;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor(options: ResilienceOptions) {
    const { name, breakers = new CircuitBreakers(), counts = () => true, random = systemRandom } = options;
    const policy = parsePolicy(resiliencePolicySchema, options.policy, name);
    this.#name = name;
    this.#timeoutMs = policy.timeoutMs;
    this.breaker = policy.breaker && breakers.named(name, policy.breaker, { counts });
    this.#retry = retryOf(policy, counts, random);
    this.#bulkhead = policy.bulkhead && new Bulkhead({ name, ...policy.bulkhead });
    this.#timeout = policy.timeoutMs === undefined ? undefined : timeout(policy.timeoutMs, TimeoutStrategy.Aggressive);
  }

  /**
   * Does the work under the policy. The signal that the work is given aborts with the caller's and when its time is up; an
   * abort of the caller's rejects at once, also while it waits.
   *
   * @throws OperationError `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `OPERATION_TIMEOUT`; the signal's reason; whatever the work throws.
   */
  async execute<T>(work: (signal: AbortSignal | undefined) => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const once = (): Promise<T> => this.#once(work, signal);
    const done =
      this.#retry === undefined
        ? once()
        : this.#retry.execute(() => {
            signal?.throwIfAborted();
            return once();
          }, signal);
    return signal === undefined ? done : unlessAborted(done, signal);
  }

  /** Takes its breaker out of the list. */
  [Symbol.dispose](): void {
    this.breaker?.[Symbol.dispose]();
  }

  #once<T>(work: (signal: AbortSignal | undefined) => T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
    const timed = (): Promise<T> => this.#timed(work, signal);
    const guarded = (): Promise<T> => this.breaker?.execute(timed, signal) ?? timed();
    return this.#bulkhead?.execute(guarded, signal) ?? guarded();
  }

  async #timed<T>(
    work: (signal: AbortSignal | undefined) => T | PromiseLike<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#timeout === undefined) return work(signal);
    try {
      return await this.#timeout.execute((_context, inner) => work(inner), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TaskCancelledError)) throw error;
      const message = `${this.#name} did not end within ${this.#timeoutMs} ms.`;
      throw new OperationError('OPERATION_TIMEOUT', message, { cause: error, details: { operation: this.#name } });
    }
  }
}
