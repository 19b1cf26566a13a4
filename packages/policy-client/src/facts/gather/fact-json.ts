import type { JsonValue } from '@charterbus/core-models';
import type { FactScalar, FactValue } from '../fact-value.js';
import { instantText } from '../types/instant.js';
import { spanText } from '../types/span.js';

const scalarJson = (value: FactScalar): JsonValue => {
  if (typeof value !== 'object') return value;
  return 'timestamp' in value ? instantText(value.timestamp) : spanText(value.milliseconds);
};

const isSet = (value: FactValue): value is readonly FactScalar[] => Array.isArray(value);

/** A fact as verdicts record it: timestamps in RFC 3339, durations in seconds with an `s`, sets as sorted lists. */
export const factJson = (value: FactValue): JsonValue => (isSet(value) ? value.map(scalarJson) : scalarJson(value));
