import type { DeliveryObligation, JsonValue } from '@charterbus/core-models';
import fc from 'fast-check';

/** Few keys, so that paths meet fields and each other. */
const key = fc.constantFrom('a', 'b', 'card', '0', '1', '', 'm~n', 'x/y');
const escaped = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

const arbitraryPath = fc
  .array(key, { minLength: 1, maxLength: 4 })
  .map((tokens) => tokens.map((token) => `/${escaped(token)}`).join(''));

const arbitraryObligation: fc.Arbitrary<DeliveryObligation> = fc.oneof(
  fc.record({ kind: fc.constant('remove' as const), path: arbitraryPath }),
  fc.record({
    kind: fc.constant('replace' as const),
    path: arbitraryPath,
    value: fc.constantFrom(0, 'withheld', null),
  }),
  fc.record({ kind: fc.constant('mask' as const), path: arbitraryPath, keep: fc.integer({ min: 0, max: 6 }) }),
  fc.record({
    kind: fc.constant('annotate' as const),
    header: fc.constantFrom('class', 'seen-by'),
    value: fc.constantFrom('internal', 'public'),
  }),
);

export const arbitraryObligations = fc.array(arbitraryObligation, { maxLength: 8 });

/** Contents made of the same keys; each text is there once. */
export const arbitraryContent: fc.Arbitrary<JsonValue> = fc
  .letrec<{ node: JsonValue }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constant('text'),
      fc.constantFrom(1, true, null),
      fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  }))
  .node.map((content) => numbered(content, { count: 0 }));

const numbered = (value: JsonValue, state: { count: number }): JsonValue => {
  if (typeof value === 'string') return `secret-${++state.count}-☂é🙂`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => numbered(item, state));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, numbered(member as JsonValue, state)]),
  );
};
