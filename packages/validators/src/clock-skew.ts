import { ConfigurationError } from '@charterbus/core-models';
import type { Validator } from './validator.js';

export interface ClockSkewOptions {
  /** How far ahead of the bus's clock a moment may lie that has passed for whoever wrote it, in milliseconds. */
  readonly clockSkewMs?: number;
}

export const defaultClockSkewMs = 30_000;

/**
 * Refuses a message that was made in what is still the future here: a clock is wrong, and its expiry would mean nothing.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` where the skew is none.
 */
export const createClockSkewValidator = ({ clockSkewMs = defaultClockSkewMs }: ClockSkewOptions = {}): Validator => {
  if (!(Number.isFinite(clockSkewMs) && clockSkewMs >= 0)) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'A clock skew must be finite and not negative.');
  }
  return Object.freeze({
    name: 'clock-skew',
    immediate: true,
    validate: ({ createdAt }, { now }) =>
      Date.parse(createdAt) <= now + clockSkewMs
        ? []
        : [{ kind: 'rejection', code: 'MESSAGE_INVALID', text: 'The message was made in the future.' }],
  } satisfies Validator);
};
