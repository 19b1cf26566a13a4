import type { FactScalar, FactScalarType, FactType, FactValue } from '../fact-value.js';
import { Instant, isInstant } from '../types/instant.js';
import { isSpan, Span } from '../types/span.js';

/** The longest text that policies get, in UTF-16 code units. */
const longestText = 65_536;
/** The largest set that policies get. */
const largestSet = 10_000;

const toInt = (value: unknown): number | undefined => {
  const number = typeof value === 'bigint' ? Number(value) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
};

const toScalar: Readonly<Record<FactScalarType, (value: unknown) => FactScalar | undefined>> = {
  string: (value) =>
    typeof value === 'string' && value.length <= longestText && value.isWellFormed() ? value : undefined,
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  int: toInt,
  timestamp: (value) =>
    value instanceof Instant && isInstant(value.milliseconds) ? { timestamp: value.milliseconds } : undefined,
  duration: (value) =>
    value instanceof Span && isSpan(value.milliseconds) ? { milliseconds: value.milliseconds } : undefined,
};

type Comparable = string | number | boolean;

const comparable = (value: FactScalar): Comparable => {
  if (typeof value !== 'object') return value;
  return 'timestamp' in value ? value.timestamp : value.milliseconds;
};

const byValue = (left: FactScalar, right: FactScalar): number => {
  const [a, b] = [comparable(left), comparable(right)];
  return a < b ? -1 : a > b ? 1 : 0;
};

const isRepeated = (value: FactScalar, index: number, sorted: readonly FactScalar[]): boolean => {
  const before = sorted[index - 1];
  return before !== undefined && comparable(before) === comparable(value);
};

const toSet = (type: FactScalarType, value: unknown): FactValue | undefined => {
  if (!Array.isArray(value) || value.length > largestSet) return undefined;
  const items: FactScalar[] = [];
  for (const given of value as readonly unknown[]) {
    const item = toScalar[type](given);
    if (item === undefined) return undefined;
    items.push(item);
  }
  if (items.length < 2) return items;
  return items.sort(byValue).filter((item, index, sorted) => !isRepeated(item, index, sorted));
};

/** What an expression evaluated to as the value of a fact; `undefined` where it is none of this type. */
export const toFactValue = (type: FactType, value: unknown): FactValue | undefined =>
  typeof type === 'string' ? toScalar[type](value) : toSet(type.setOf, value);
