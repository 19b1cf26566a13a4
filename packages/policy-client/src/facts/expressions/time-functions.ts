import type { Environment } from '@marcbachmann/cel-js';
import { Instant, isInstant, parseInstant } from '../types/instant.js';
import { isSpan, parseSpan, Span } from '../types/span.js';
import { FactFault } from './fault.js';
import { ownName } from './own-functions.js';

/**
 * Timestamps and durations are our own: those of cel-js take a text without zone for the machine's local time, count
 * some days and hours in the machine's zone, and lose a second when negative durations are added.
 */
const instant = (milliseconds: number): Instant => {
  if (isInstant(milliseconds)) return new Instant(milliseconds);
  throw new FactFault('FACT_UNAVAILABLE', 'A timestamp lies outside the years 0 to 9999.');
};

const span = (milliseconds: number): Span => {
  if (isSpan(milliseconds)) return new Span(milliseconds);
  throw new FactFault('FACT_UNAVAILABLE', 'A duration is longer than ten thousand years.');
};

const instantOfText = (text: string): Instant => {
  const milliseconds = parseInstant(text);
  if (milliseconds !== undefined) return new Instant(milliseconds);
  throw new FactFault('FACT_UNAVAILABLE', 'A text is no timestamp of RFC 3339 with its zone.');
};

const spanOfText = (text: string): Span => {
  const milliseconds = parseSpan(text);
  if (milliseconds !== undefined) return new Span(milliseconds);
  throw new FactFault('FACT_UNAVAILABLE', 'A text is no duration such as 1h30m.');
};

const startOfYear = (date: Date): number => Date.UTC(date.getUTCFullYear(), 0, 1);

/** As in CEL: months, days of the month, of the year and of the week count from 0, all in UTC; `getDate` from 1. */
const instantParts: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - startOfYear(date)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

/** As in CEL: the whole duration in that unit, cut towards zero. */
const spanParts: Readonly<Record<string, number>> = {
  getHours: 3_600_000,
  getMinutes: 60_000,
  getSeconds: 1000,
  getMilliseconds: 1,
};

type Timed = Instant | Span;
const ms = (value: Timed): number => value.milliseconds;

const registerComparisons = (environment: Environment, type: string): void => {
  environment.registerOperator(`${type} == ${type}`, (left: Timed, right: Timed) => ms(left) === ms(right));
  environment.registerOperator(`${type} < ${type}`, (left: Timed, right: Timed) => ms(left) < ms(right));
  environment.registerOperator(`${type} <= ${type}`, (left: Timed, right: Timed) => ms(left) <= ms(right));
  environment.registerOperator(`${type} > ${type}`, (left: Timed, right: Timed) => ms(left) > ms(right));
  environment.registerOperator(`${type} >= ${type}`, (left: Timed, right: Timed) => ms(left) >= ms(right));
};

const registerArithmetic = (environment: Environment): void => {
  environment.registerOperator('timestamp - timestamp: duration', (l: Instant, r: Instant) => span(ms(l) - ms(r)));
  environment.registerOperator('timestamp - duration: timestamp', (l: Instant, r: Span) => instant(ms(l) - ms(r)));
  environment.registerOperator('timestamp + duration: timestamp', (l: Instant, r: Span) => instant(ms(l) + ms(r)));
  environment.registerOperator('duration + timestamp: timestamp', (l: Span, r: Instant) => instant(ms(l) + ms(r)));
  environment.registerOperator('duration + duration: duration', (l: Span, r: Span) => span(ms(l) + ms(r)));
  environment.registerOperator('duration - duration: duration', (l: Span, r: Span) => span(ms(l) - ms(r)));
};

const registerParts = (environment: Environment): void => {
  const shared = { returnType: 'int', params: [], async: false };
  for (const [name, part] of Object.entries(instantParts)) {
    const handler = (value: Instant) => BigInt(part(new Date(ms(value))));
    environment.registerFunction({ ...shared, name, receiverType: 'timestamp', handler });
  }
  for (const [name, unit] of Object.entries(spanParts)) {
    const handler = (value: Span) => BigInt(Math.trunc(ms(value) / unit));
    environment.registerFunction({ ...shared, name, receiverType: 'duration', handler });
  }
};

const registerConstructors = (environment: Environment): void => {
  const register = (name: string, type: string, returnType: string, handler: (value: never) => unknown): void => {
    const params = [{ name: 'value', type }];
    environment.registerFunction({ name: ownName(name), returnType, params, handler, async: false });
  };
  register('timestamp', 'string', 'timestamp', instantOfText);
  register('timestamp', 'int', 'timestamp', (seconds: bigint) => instant(Number(seconds) * 1000));
  register('timestamp', 'timestamp', 'timestamp', (value: Instant) => value);
  register('duration', 'string', 'duration', spanOfText);
  register('duration', 'duration', 'duration', (value: Span) => value);
};

/** Gives an environment the types `timestamp` and `duration`, their functions and operators. */
export const registerTime = (environment: Environment): void => {
  environment.registerType('timestamp', { ctor: Instant, fields: {} });
  environment.registerType('duration', { ctor: Span, fields: {} });
  registerConstructors(environment);
  registerComparisons(environment, 'timestamp');
  registerComparisons(environment, 'duration');
  registerArithmetic(environment);
  registerParts(environment);
};
