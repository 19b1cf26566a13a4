import type { FactScalarType, FactType } from '../fact-value.js';
import { typeText } from './scan-types.js';

const scalars: ReadonlyMap<string, FactScalarType> = new Map(
  (['string', 'bool', 'int', 'timestamp', 'duration'] as const).map((type) => [type, type]),
);

const advice = (type: string): string => {
  if (/^(?:list<)?double\b/.test(type)) {
    return 'A fact cannot be a double, which policies cannot compare: make it an int, as in ceil(amount * 100.0) for cents.';
  }
  if (type.startsWith('optional<'))
    return 'The value may be absent: end with .orValue(…), or take it without ? and declare the fact optional.';
  if (type === 'list<T>') return 'The type of an empty list cannot be told.';
  return `A fact is a string, bool, int, timestamp or duration, or a list of those, not ${typeText(type)}.`;
};

/** The type of a fact whose expression has this type in CEL, or why it cannot be a fact. */
export const factTypeOf = (type: string): { readonly type: FactType } | { readonly refusal: string } => {
  const scalar = scalars.get(type);
  if (scalar !== undefined) return { type: scalar };
  const item = scalars.get(/^list<(\w+)>$/.exec(type)?.[1] ?? '');
  return item === undefined ? { refusal: advice(type) } : { type: { setOf: item } };
};
