import type { JsonValue } from '@charterbus/core-models';
import fc from 'fast-check';

const names = ['', '__proto__', 'constructor', 'AAA111', '2024-05-15T15:00:00'];
const odd: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 60),
  1e308,
  '\ud800',
  'x'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  ...names,
];

/** Any JSON, with a liking for what has gone wrong somewhere before. */
export const anyJson: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom(...odd),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>,
  fc.array(fc.constantFrom(...odd), { maxLength: 4 }),
  fc.dictionary(
    fc.constantFrom('tool', 'arguments', 'result', 'row', 'reservation_id', 'flights', '__proto__'),
    fc.constantFrom(...odd),
  ),
);

const replaced = (value: JsonValue, path: readonly number[], by: JsonValue | undefined): JsonValue | undefined => {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value);
  if (entries.length === 0) return by;
  const at = first % entries.length;
  const changed = entries.flatMap(([key, member], index): [string, JsonValue][] => {
    const now = index === at ? replaced(member as JsonValue, rest, by) : (member as JsonValue);
    return now === undefined ? [] : [[key, now]];
  });
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
};

/** A value of which something, somewhere, is gone or something else. */
export const nearly = (value: JsonValue): fc.Arbitrary<JsonValue> =>
  fc
    .tuple(fc.array(fc.nat(50), { maxLength: 5 }), fc.option(anyJson, { nil: undefined }))
    .map(([path, by]) => replaced(value, path, by) ?? null);
