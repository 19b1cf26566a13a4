import { type Clock, OperationError, type Timers } from '@charterbus/core-models';
import type { BackgroundErrorListener } from '../background/warn.js';
import { Listeners } from '../events/listeners.js';
import { type BreakerPolicy, breakerPolicySchema, parsePolicy } from './policy.js';
import { type Trip, tripOf } from './trip.js';

export type CircuitState = 'closed' | 'open' | 'half_open';

/** Since the breaker was made; they only grow. */
export interface CircuitCounts {
  readonly successes: number;
  readonly failures: number;
  /** Calls that were refused without being made. */
  readonly rejections: number;
  /** How often it opened, by itself or by hand. */
  readonly opens: number;
}

export interface CircuitChange {
  readonly name: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
}

/**
 * How a call ended for the one that was called. `answered`: not well, but not by its fault: failures in a row stay what they
 * were, and a half-open breaker closes. `ignored`: it says nothing, as where the caller went away.
 */
export type CircuitOutcome = 'success' | 'answered' | 'failure' | 'ignored';

/** Leave for one call, by the term of the breaker's state in which it was given. */
export type Passage = number;

export interface CircuitBreakerOptions {
  readonly name: string;
  /** Default: 5 failures in a row, open for 30 seconds. */
  readonly policy?: BreakerPolicy;
  /** Which errors of `execute` are failures; others are `answered`. Default: all are. */
  readonly counts?: (error: unknown) => boolean;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly timers: Timers;
  /** Told where a watcher throws. */
  readonly onError: BackgroundErrorListener;
}

const allCount = (): boolean => true;

/** What to wait where it is not known: a probe is under way, or an operator holds the breaker open. */
const unknownWaitMs = 1_000;

/**
 * Spares what fails, and those who wait for it: open after failures, then half open for exactly one probe at a time; whoever
 * else comes is refused at once. Calls that began in an earlier state count, but decide nothing.
 */
export class CircuitBreaker implements Disposable {
  readonly name: string;
  readonly #openMs: number;
  readonly #trip: Trip;
  readonly #counts: (error: unknown) => boolean;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #timers: Timers;
  readonly #changes: Listeners<CircuitChange>;
  #state: CircuitState = 'closed';
  /** Grows with each change of the state, and with each probe that ends without a word. */
  #term = 0;
  #openUntil = 0;
  #isolated = false;
  #probing = false;
  #timer: Disposable | undefined;
  #successes = 0;
  #failures = 0;
  #rejections = 0;
  #opens = 0;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor({ name, policy = {}, counts = allCount, clock, timers, onError }: CircuitBreakerOptions) {
    const parsed = parsePolicy(breakerPolicySchema, policy, `the breaker ${name}`);
    this.name = name;
    this.#openMs = parsed.openMs;
    this.#trip = tripOf(parsed, clock);
    this.#counts = counts;
    this.#clock = clock;
    this.#timers = timers;
    this.#changes = new Listeners('breaker watch', onError);
  }

  get state(): CircuitState {
    this.#letTry();
    return this.#state;
  }

  get counts(): CircuitCounts {
    const [successes, failures, rejections, opens] = [this.#successes, this.#failures, this.#rejections, this.#opens];
    return { successes, failures, rejections, opens };
  }

  /** How long whoever is refused had better wait, in milliseconds. */
  get retryAfterMs(): number {
    if (this.#state !== 'open' || this.#isolated) return unknownWaitMs;
    return Math.max(Math.ceil(this.#openUntil - this.#clock.monotonic()), 0);
  }

  /**
   * Asks for one call, without a promise; `undefined` where it must not be made. What was given must be settled, else a half-open
   * breaker waits for its probe for ever.
   */
  enter(): Passage | undefined {
    if (this.#state === 'closed') return this.#term;
    this.#letTry();
    if (this.#state === 'half_open' && !this.#probing) {
      this.#probing = true;
      return this.#term;
    }
    this.#rejections += 1;
    return undefined;
  }

  /** Says how the call of a passage ended. */
  settle(passage: Passage, outcome: CircuitOutcome): void {
    if (outcome === 'success') this.#successes += 1;
    else if (outcome === 'failure') this.#failures += 1;
    if (passage !== this.#term) return;
    if (this.#state === 'closed') this.#settleClosed(outcome);
    else if (this.#state === 'half_open') this.#settleProbe(outcome);
  }

  /** What whoever is refused is told. */
  refusal(): OperationError {
    const { name, retryAfterMs } = this;
    const details = { breaker: name };
    return new OperationError('CIRCUIT_OPEN', `The breaker ${name} is open.`, { retryAfterMs, details });
  }

  /**
   * Does the work unless the breaker refuses. Where the signal has aborted, the outcome counts for nothing.
   *
   * @throws OperationError `CIRCUIT_OPEN` with `retryAfterMs`; whatever the work throws; the signal's reason if it aborted before.
   */
  async execute<T>(work: (signal: AbortSignal | undefined) => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const passage = this.enter();
    if (passage === undefined) throw this.refusal();
    try {
      const result = await work(signal);
      this.settle(passage, 'success');
      return result;
    } catch (error) {
      this.settle(passage, this.#outcomeOf(error, signal));
      throw error;
    }
  }

  /** Told of each change of the state, also of the one to `half_open` by the passing of time. */
  watch(listener: (change: CircuitChange) => void): Disposable {
    return this.#changes.watch(listener);
  }

  /** Holds it open by hand, until `close`. */
  isolate(): void {
    this.#isolated = true;
    this.#timer?.[Symbol.dispose]();
    this.#open(Number.POSITIVE_INFINITY);
  }

  /** Closes it by hand, whatever it was; the count of failures begins anew. */
  close(): void {
    this.#isolated = false;
    this.#trip.reset();
    this.#change('closed');
  }

  /** Ends its timer and its watchers. It goes on working for those who still hold it. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#changes.clear();
  }

  #outcomeOf(error: unknown, signal: AbortSignal | undefined): CircuitOutcome {
    if (signal?.aborted === true) return 'ignored';
    try {
      return this.#counts(error) ? 'failure' : 'answered';
    } catch {
      // The work's own error is what the caller must see; what could not be told apart is taken for the worse.
      return 'failure';
    }
  }

  #settleClosed(outcome: CircuitOutcome): void {
    if (outcome === 'success') this.#trip.success();
    else if (outcome === 'failure' && this.#trip.failure()) this.#openForAWhile();
  }

  #settleProbe(outcome: CircuitOutcome): void {
    this.#probing = false;
    if (outcome === 'failure') this.#openForAWhile();
    else if (outcome === 'ignored') this.#term += 1;
    else this.close();
  }

  #openForAWhile(): void {
    this.#open(this.#clock.monotonic() + this.#openMs);
    this.#timer = this.#timers.after(this.#openMs, () => this.#letTry());
  }

  #open(until: number): void {
    this.#openUntil = until;
    if (this.#state !== 'open') this.#opens += 1;
    this.#change('open');
  }

  #letTry(): void {
    if (this.#state === 'open' && this.#clock.monotonic() >= this.#openUntil) this.#change('half_open');
  }

  #change(to: CircuitState): void {
    const from = this.#state;
    this.#probing = false;
    this.#term += 1;
    this.#state = to;
    if (to !== 'open') this.#timer?.[Symbol.dispose]();
    if (from !== to) this.#changes.tell({ name: this.name, from, to });
  }
}
