import { type Clock, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import { type BackgroundErrorListener, warnOfFailure } from '../background/warn.js';
import { Listeners } from '../events/listeners.js';
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitChange } from './circuit-breaker.js';
import type { BreakerPolicy } from './policy.js';

export interface CircuitBreakersOptions {
  readonly clock?: Pick<Clock, 'monotonic'>;
  readonly timers?: Timers;
  /** Told where a watcher throws. Default: a warning of the process. */
  readonly onError?: BackgroundErrorListener;
  /** How many are listed at most; whatever comes beyond works, but is not listed. Default 1,000. */
  readonly most?: number;
}

/** Where breakers are made and listed. */
export type BreakerSource = Pick<CircuitBreakers, 'named'>;

/** Breakers that leave the list together, with the disposal of this: those of one constitution, say. */
export type BreakerGroup = BreakerSource & Disposable;

/**
 * The breakers of one process by their names, for health and metrics. Each that is asked for is one of its own, since those who
 * come with the same name, such as two constitutions during a swap, may mean different services.
 */
export class CircuitBreakers {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #timers: Timers;
  readonly #onError: BackgroundErrorListener;
  readonly #most: number;
  /** By name, the oldest first. */
  readonly #named = new Map<string, CircuitBreaker[]>();
  readonly #changes: Listeners<CircuitChange>;
  #size = 0;

  constructor(options: CircuitBreakersOptions = {}) {
    const { clock = systemClock, timers = systemTimers, onError = warnOfFailure, most = 1_000 } = options;
    this.#clock = clock;
    this.#timers = timers;
    this.#onError = onError;
    this.#most = most;
    this.#changes = new Listeners('breaker watch', onError);
  }

  /** The names of those that are listed, sorted. */
  get names(): readonly string[] {
    return Array.from(this.#named.keys()).toSorted();
  }

  /**
   * Makes a breaker and lists it until its disposal.
   *
   * @throws ConfigurationError `CONFIGURATION_INVALID`
   */
  named(name: string, policy: BreakerPolicy = {}, options: Pick<CircuitBreakerOptions, 'counts'> = {}): CircuitBreaker {
    const { counts } = options;
    const breaker = new ListedBreaker(
      {
        name,
        policy,
        ...(counts === undefined ? {} : { counts }),
        clock: this.#clock,
        timers: this.#timers,
        onError: this.#onError,
      },
      () => this.#remove(breaker),
    );
    if (this.#size >= this.#most) return breaker;
    this.#size += 1;
    const others = this.#named.get(name);
    if (others === undefined) this.#named.set(name, [breaker]);
    else others.push(breaker);
    breaker.watch((change) => {
      if (this.find(name) === breaker) this.#changes.tell(change);
    });
    return breaker;
  }

  /** The oldest that is listed under a name: of several constitutions, the one in force before those that are tried. */
  find(name: string): CircuitBreaker | undefined {
    return this.#named.get(name)?.[0];
  }

  /** One for each name, in the order of the names. */
  list(): readonly CircuitBreaker[] {
    return this.names.flatMap((name) => this.find(name) ?? []);
  }

  /** Told of the changes of all that are listed, now or later. */
  watch(listener: (change: CircuitChange) => void): Disposable {
    return this.#changes.watch(listener);
  }

  /** The same list for those that leave it together. What is made of a group that has ended is not listed. */
  group(): BreakerGroup {
    const stack = new DisposableStack();
    return {
      named: (...parameters) => {
        const breaker = this.named(...parameters);
        if (!stack.disposed) return stack.use(breaker);
        breaker[Symbol.dispose]();
        return breaker;
      },
      [Symbol.dispose]: () => stack.dispose(),
    };
  }

  #remove(breaker: CircuitBreaker): void {
    const others = this.#named.get(breaker.name);
    const place = others?.indexOf(breaker) ?? -1;
    if (others === undefined || place < 0) return;
    others.splice(place, 1);
    this.#size -= 1;
    if (others.length === 0) this.#named.delete(breaker.name);
  }
}

class ListedBreaker extends CircuitBreaker {
  readonly #onEnd: () => void;

  constructor(options: CircuitBreakerOptions, onEnd: () => void) {
    super(options);
    this.#onEnd = onEnd;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#onEnd();
  }
}
