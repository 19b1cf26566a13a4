import {
  ConfigurationError,
  type Quota,
  type QuotaMeasure,
  type QuotaPeriod,
  type QuotasManifest,
} from '@charterbus/core-models';

interface CommonLimit {
  /** The name of its quota. */
  readonly name: string;
  /** What its counters are found by, whatever constitution it stands in: what cannot be compared has another key. */
  readonly key: string;
  /** The share from which on there is a warning; above all shares where there is none. */
  readonly warn: number;
}

/**
 * A rate as the Generic Cell Rate Algorithm has it (ITU-T I.371, annex A, the continuous-state leaky bucket): each message
 * pours `cost` into a bucket that holds `capacity` and loses `drain` in each grain of time. All are whole numbers below
 * 2^53, so that nothing is ever rounded.
 */
export interface RateLimit extends CommonLimit {
  readonly kind: 'rate';
  readonly cost: number;
  readonly drain: number;
  readonly capacity: number;
  /** Grains of time in a millisecond. */
  readonly grains: 1 | 1000;
  /** Messages at once. */
  readonly most: number;
}

export interface ConcurrencyLimit extends CommonLimit {
  readonly kind: 'concurrency';
  /** Messages at a time. */
  readonly most: number;
}

export interface BudgetLimit extends CommonLimit {
  readonly kind: 'budget';
  readonly measure: QuotaMeasure;
  readonly period: QuotaPeriod;
  /** Messages, bytes, tokens, or millionths of the currency. */
  readonly most: number;
}

export type Limit = RateLimit | ConcurrencyLimit | BudgetLimit;

/** Millionths of the currency in its unit. */
export const microsPerUnit = 1_000_000;

/** A share that nothing reaches. */
const never = Number.POSITIVE_INFINITY;

const refuse = (name: string, why: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', `The quota ${name} cannot be used: ${why}.`);
};

/** The whole number that the product is but for the error of a double. */
const wholeTimes = (value: number, factor: number): number | undefined => {
  const product = value * factor;
  const whole = Math.round(product);
  return whole > 0 && Math.abs(product - whole) <= whole * Number.EPSILON * 4 ? whole : undefined;
};

const greatestDivisor = (one: number, other: number): number => {
  let [larger, smaller] = [one, other];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
};

/** What one message costs and one grain drains, in lowest terms; `undefined` where it cannot be counted exactly. */
const bucketOf = (messages: number, seconds: number, burst: number, grains: 1 | 1000) => {
  const span = wholeTimes(seconds, grains * 1000);
  if (span === undefined) return undefined;
  const divisor = greatestDivisor(span, messages);
  const cost = span / divisor;
  const capacity = cost * burst;
  return Number.isSafeInteger(capacity + cost) ? { cost, drain: messages / divisor, capacity, grains } : undefined;
};

const rateOf = (name: string, quota: Extract<Quota, { kind: 'rate' }>): RateLimit => {
  const { messages, seconds, burst = messages, warn = never } = quota;
  // Microseconds; where windows are so long that these would not fit, milliseconds.
  const bucket = bucketOf(messages, seconds, burst, 1000) ?? bucketOf(messages, seconds, burst, 1);
  if (bucket === undefined) return refuse(name, 'messages, seconds and burst together cannot be counted exactly');
  return { kind: 'rate', name, key: `rate:${name}`, warn, most: burst, ...bucket };
};

const budgetOf = (name: string, quota: Extract<Quota, { kind: 'budget' }>): BudgetLimit => {
  const { measure, period, limit, warn = never } = quota;
  const most = wholeTimes(limit, measure === 'cost' ? microsPerUnit : 1);
  if (most === undefined) {
    return refuse(name, `its limit must be ${measure === 'cost' ? 'whole in millionths' : 'a whole number'}`);
  }
  if (!Number.isSafeInteger(most)) return refuse(name, 'its limit is more than can be counted exactly');
  return { kind: 'budget', name, key: `budget:${name}:${measure}:${period}`, warn, measure, period, most };
};

/** @throws ConfigurationError `CONFIGURATION_INVALID` for a limit that could not be held to exactly. */
export const limitOf = (name: string, quota: QuotasManifest[string]): Limit => {
  switch (quota.kind) {
    case 'rate':
      return rateOf(name, quota);
    case 'budget':
      return budgetOf(name, quota);
    case 'concurrency':
      return {
        kind: 'concurrency',
        name,
        key: `concurrency:${name}`,
        warn: quota.warn ?? never,
        most: quota.messages,
      };
  }
};
