import { defaultMessageLimits, messageDraftSchema } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isQuickDraft } from '../src/quick-draft.js';
import { shapeDraft } from '../src/shape.js';
import { draft } from './support/sample.js';

/** Good and bad values of each field, and fields that nobody knows. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('', 'worker', 'a/b', '\ud800', 'x'.repeat(64), 'x'.repeat(129), 'x'.repeat(257)),
);
const odd = fc.oneof(text, fc.constantFrom(undefined, null, 0, true, {}, []));
const addresses = fc.oneof(
  fc.record({ agent: fc.oneof({ weight: 3, arbitrary: fc.constant('worker') }, { weight: 1, arbitrary: odd }) }),
  fc.record({ agent: fc.constant('worker'), tenant: odd }),
  fc.record({ agent: fc.constant('worker'), more: odd }),
  fc.constantFrom({ everyone: true }, {}),
  odd,
);
const changes = fc.record(
  {
    to: addresses,
    type: fc.oneof(fc.constantFrom('query', 'event'), odd),
    content: fc.jsonValue(),
    constitutionalHash: odd,
    priority: fc.oneof(fc.constantFrom('low', 'critical'), odd),
    conversationId: odd,
    inReplyTo: odd,
    dedupeKey: odd,
    orderingKey: odd,
    headers: odd,
    retry: odd,
    atomic: odd,
    from: odd,
    more: odd,
  },
  { requiredKeys: [] },
);
/** A good draft with a few of its fields as they come. */
const drafts = fc
  .tuple(changes, fc.array(fc.nat(13), { maxLength: 3 }))
  .map(([changed, places]) =>
    Object.fromEntries([
      ...Object.entries(draft),
      ...Object.entries(changed).filter((_field, place) => places.includes(place)),
    ]),
  );

test('what is taken without asking the schema is what the schema takes, as it takes it', () => {
  let quick = 0;
  fc.assert(
    fc.property(drafts, (stated) => {
      if (!isQuickDraft(stated)) return;
      quick += 1;
      expect(messageDraftSchema.parse(stated)).toEqual(stated);
    }),
    { numRuns: 5000 },
  );
  expect(quick).toBeGreaterThan(50);
});

test('what most senders hand in is taken without asking the schema, and is a copy', () => {
  const stated = { ...draft, priority: 'high', conversationId: 'talk', dedupeKey: 'once' };
  expect(isQuickDraft(stated)).toBe(true);
  const shaped = shapeDraft(stated, defaultMessageLimits);
  expect(shaped).toEqual({ ...stated, leastBytes: shaped.leastBytes });
  expect(shaped).not.toBe(stated);
  expect(shaped.content).not.toBe(stated.content);
});

test('a symbol as key is not overlooked', () => {
  expect(isQuickDraft({ ...draft, [Symbol('x')]: 1 })).toBe(false);
  expect(isQuickDraft({ ...draft, to: { agent: 'worker', [Symbol('x')]: 1 } })).toBe(false);
});
