import type { JsonValue } from '@charterbus/core-models';
import { Instant, instantText } from './instant.js';
import { Span, spanText } from './span.js';

/** A key such as `__proto__` is a key like any other. */
const objectOf = (entries: Iterable<readonly [string, unknown]>): JsonValue => {
  const object: Record<string, JsonValue> = {};
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    const member = { value: valueJson(value), enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, key, member);
  }
  return object;
};

/**
 * What was loaded, as JSON again: what is not declared has gone, and absent fields are left out.
 *
 * @throws RangeError for an int that JSON cannot hold exactly.
 */
export const valueJson = (value: unknown): JsonValue => {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new RangeError('An int is beyond ±(2^53 − 1).');
    return number;
  }
  if (value instanceof Instant) return instantText(value.milliseconds);
  if (value instanceof Span) return spanText(value.milliseconds);
  if (Array.isArray(value)) return value.map(valueJson);
  if (value instanceof Map) return objectOf(value as Map<string, unknown>);
  if (typeof value === 'object' && value !== null) return objectOf(Object.entries(value));
  throw new TypeError('A value is of no type that facts know.');
};
