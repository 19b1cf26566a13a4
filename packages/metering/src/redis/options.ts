import { ConfigurationError, systemTimers, type Timers } from '@charterbus/core-models';
import type { Redis } from 'ioredis';

export interface RedisMeteringOptions {
  /** Where Redis is: a URL, or a client whose settings are taken over. The client itself is neither used nor closed. */
  readonly redis: string | Redis;
  /** Whoever uses the same prefix in the same database counts together. Letters, digits, `. _ : -`. Default `charterbus`. */
  readonly prefix?: string;
  /** How long Redis may take to answer, in milliseconds; a quarter more may pass before that is seen. */
  readonly answerMs?: number;
  /** Measures deadlines. Default: the system's. */
  readonly timers?: Timers;
  /** Told of each loss of a connection; they are made anew by themselves. Default: nobody is told. */
  readonly onConnectionError?: (error: unknown) => void;
}

const prefixPattern = /^[\w.:-]{1,64}$/;

export const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const meteringSettings = (options: RedisMeteringOptions, defaultAnswerMs: number) => {
  const { prefix = 'charterbus', answerMs = defaultAnswerMs } = options;
  check(prefixPattern.test(prefix), 'The prefix must be 1 to 64 letters, digits or . _ : -');
  check(answerMs > 0 && Number.isFinite(answerMs), 'answerMs must be positive.');
  return {
    redis: options.redis,
    prefix,
    answerMs,
    timers: options.timers ?? systemTimers,
    onConnectionError: options.onConnectionError ?? (() => {}),
  };
};
