import { type Clock, ConfigurationError, type Timers } from '@charterbus/core-models';
import type { CircuitBreaker } from '../resilience/circuit-breaker.js';
import type { ComponentHealth } from './health-status.js';

/** What a source found: a score of 0 to 1, and why, as a code. */
export interface HealthReading {
  readonly score: number;
  /** Lower case words joined by `_`, 64 characters at most. Default `ok` above 0, else `check_failed`. */
  readonly reason?: string;
}

/**
 * Where the score of a component comes from.
 *
 * - `breaker`: closed 1, half open 0.5, open 0. Asked for at each sample, so that it may be another one by then; where there is
 *   none, nothing is known to be wrong.
 * - `check`: asked at each sample. `true` is 1, `false` 0. What throws, answers nonsense or is not back by its deadline is 0; it is
 *   not asked again before it is back, so it has to heed its signal.
 * - `pushed`: said by `report`; 0 before the first word, and when the last one is older than `staleMs`.
 */
export type HealthSource =
  | { readonly kind: 'breaker'; readonly breaker: () => Pick<CircuitBreaker, 'state'> | undefined }
  | {
      readonly kind: 'check';
      readonly check: (signal: AbortSignal) => CheckAnswer | Promise<CheckAnswer>;
      /** In milliseconds. Default 1,000. */
      readonly deadlineMs?: number;
    }
  | {
      readonly kind: 'pushed';
      /** In milliseconds. Default: a word stands for ever. */
      readonly staleMs?: number;
    };

export type CheckAnswer = boolean | number | HealthReading;

export interface HealthComponentOptions {
  /** Unique; it is a label of metrics. */
  readonly name: string;
  /** Above 0. Default 1. */
  readonly weight?: number;
  /** Whether the whole is critical when this is at 0. Default false. */
  readonly critical?: boolean;
  readonly source: HealthSource;
}

type Reading = Required<HealthReading>;

const reasonPattern = /^[a-z][a-z0-9_]{0,63}$/;
const namePattern = /^[\w.:/@[\]-]{1,200}$/;

const isScore = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

const readingOf = (answer: unknown): Reading => {
  const invalid = { score: 0, reason: 'check_invalid' };
  if (typeof answer === 'boolean') return readingOf({ score: answer ? 1 : 0 });
  if (isScore(answer)) return readingOf({ score: answer });
  if (typeof answer !== 'object' || answer === null) return invalid;
  const { score, reason } = answer as Partial<Record<keyof HealthReading, unknown>>;
  if (!isScore(score)) return invalid;
  if (reason === undefined) return { score, reason: score > 0 ? 'ok' : 'check_failed' };
  return typeof reason === 'string' && reasonPattern.test(reason) ? { score, reason } : invalid;
};

const breakerReadings = {
  closed: { score: 1, reason: 'ok' },
  half_open: { score: 0.5, reason: 'breaker_half_open' },
  open: { score: 0, reason: 'breaker_open' },
} as const satisfies Record<CircuitBreaker['state'], Reading>;

const late: Reading = { score: 0, reason: 'check_late' };

export interface ComponentOutside {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** One component with its source. Sampling it never throws. */
export class HealthComponent {
  readonly #options: HealthComponentOptions;
  readonly #outside: ComponentOutside;
  #pushed: { readonly reading: Reading; readonly at: number } | undefined;
  #asked: Promise<Reading> | undefined;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor(options: HealthComponentOptions, outside: ComponentOutside) {
    const { name, weight = 1 } = options;
    if (!(namePattern.test(name) && weight > 0 && Number.isFinite(weight))) {
      throw new ConfigurationError('CONFIGURATION_INVALID', 'A component has a plain name, and a weight above 0.');
    }
    this.#options = options;
    this.#outside = outside;
  }

  report(answer: CheckAnswer): void {
    this.#pushed = { reading: readingOf(answer), at: this.#outside.clock.monotonic() };
  }

  async sample(): Promise<ComponentHealth> {
    const { name, weight = 1, critical = false } = this.#options;
    return Object.freeze({ name, ...(await this.#read()), weight, critical });
  }

  #read(): Reading | Promise<Reading> {
    const { source } = this.#options;
    switch (source.kind) {
      case 'breaker':
        return this.#readBreaker(source.breaker);
      case 'check':
        return this.#ask(source.check, source.deadlineMs ?? 1_000);
      case 'pushed':
        return this.#readPushed(source.staleMs ?? Number.POSITIVE_INFINITY);
    }
  }

  #readBreaker(find: () => Pick<CircuitBreaker, 'state'> | undefined): Reading {
    try {
      const breaker = find();
      return breaker === undefined ? { score: 1, reason: 'breaker_missing' } : breakerReadings[breaker.state];
    } catch {
      return { score: 0, reason: 'check_failed' };
    }
  }

  #readPushed(staleMs: number): Reading {
    if (this.#pushed === undefined) return { score: 0, reason: 'report_missing' };
    const age = this.#outside.clock.monotonic() - this.#pushed.at;
    return age > staleMs ? { score: 0, reason: 'report_stale' } : this.#pushed.reading;
  }

  async #ask(check: (signal: AbortSignal) => CheckAnswer | Promise<CheckAnswer>, deadlineMs: number): Promise<Reading> {
    if (this.#asked !== undefined) return late;
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Reading>();
    using _timer = this.#outside.timers.after(deadlineMs, () => {
      resolve(late);
      stop.abort();
    });
    this.#asked = answered(() => check(stop.signal)).finally(() => {
      this.#asked = undefined;
    });
    return await Promise.race([promise, this.#asked]);
  }
}

const answered = async (check: () => CheckAnswer | Promise<CheckAnswer>): Promise<Reading> => {
  try {
    return readingOf(await check());
  } catch {
    // Its words may hold secrets; that it failed is all there is to say.
    return { score: 0, reason: 'check_failed' };
  }
};
