import {
  type Clock,
  ConfigurationError,
  type RandomSource,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import type { UsageLedger } from '../ledger/usage-ledger.js';
import type { UsageSink } from '../sinks/usage-sink.js';
import { type Backoff, defaultBackoff } from './backoff.js';
import { ledgerName } from './target.js';

/** What a meter tells of. `target` is `ledger`, or the name of a sink. */
export type MeterEvent =
  | {
      readonly kind: 'failed';
      readonly source: string;
      readonly target: string;
      readonly error: unknown;
      /** When it is tried again, in milliseconds. */
      readonly retryInMs: number;
    }
  /** Records were gone before they were read: totals are short of them. */
  | { readonly kind: 'lost'; readonly source: string; readonly target: string; readonly records: number }
  /** Old buckets could not be forgotten; they will be, an hour later. */
  | { readonly kind: 'not_pruned'; readonly error: unknown };

export interface MeterOptions {
  /** Stays the caller's to close. */
  readonly ledger: UsageLedger;
  /** Stay the caller's to close. Default: none. */
  readonly sinks?: readonly UsageSink[];
  /** Records that are read and counted at a time, about. Default 1000. */
  readonly batch?: number;
  /**
   * How long a source is left alone after a batch that was not full, in milliseconds, so that many records become few rows.
   * Nobody waits for it: `drain` does not. Default 100.
   */
  readonly restMs?: number;
  readonly backoff?: Partial<Backoff>;
  readonly onEvent?: (event: MeterEvent) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Must agree with the clock. Default: the system's. */
  readonly timers?: Timers;
  readonly random?: RandomSource;
}

export type MeterSettings = ReturnType<typeof meterSettings>;

const defaultBatch = 1000;
const defaultRestMs = 100;

const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const meterSettings = (options: MeterOptions) => {
  const { batch = defaultBatch, restMs = defaultRestMs, sinks = [] } = options;
  const backoff = { ...defaultBackoff, ...options.backoff };
  const names = [ledgerName, ...sinks.map(({ name }) => name)];
  check(Number.isInteger(batch) && batch > 0, 'batch must be a whole number above 0.');
  check(restMs >= 0 && Number.isFinite(restMs), 'restMs must not be below 0.');
  check(backoff.initialMs > 0 && backoff.maxMs >= backoff.initialMs, 'The backoff must grow from above 0.');
  check(new Set(names).size === names.length, `Sinks must have names of their own, and none may be ${ledgerName}.`);
  return {
    ledger: options.ledger,
    sinks,
    batch,
    restMs,
    backoff,
    onEvent: options.onEvent ?? (() => {}),
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemTimers,
    random: options.random ?? systemRandom,
  };
};
