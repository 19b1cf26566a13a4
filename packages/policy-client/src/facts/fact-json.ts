import type { JsonValue } from '@charterbus/core-models';
import type { FactScalar, FactValue } from './fact-value.js';

const scalarJson = (value: FactScalar): string | number | boolean => {
  if (typeof value !== 'object') return value;
  return 'timestamp' in value ? new Date(value.timestamp).toISOString() : `${value.milliseconds / 1000}s`;
};

const byText = (left: string | number | boolean, right: string | number | boolean): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** A fact for people and programs: timestamps in RFC 3339, durations in seconds with an `s`, sets as sorted lists. */
export const factJson = (value: FactValue): JsonValue =>
  Array.isArray(value)
    ? [...new Set((value as readonly FactScalar[]).map(scalarJson))].toSorted(byText)
    : scalarJson(value as FactScalar);
